# From now on the next copy is near.
set -eu
sync
systemctl start site-copy.timer
