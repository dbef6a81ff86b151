set -eu
systemctl start @UNIT@
