set -eu
systemctl disable --quiet --now @UNIT@
