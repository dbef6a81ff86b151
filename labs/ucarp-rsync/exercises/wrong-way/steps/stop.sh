# Nothing is copied any more, also not after the next boot.
set -eu
systemctl disable --now site-copy.timer
systemctl stop site-copy.service
sync
