set -eu
systemctl enable --quiet --now @UNIT@
