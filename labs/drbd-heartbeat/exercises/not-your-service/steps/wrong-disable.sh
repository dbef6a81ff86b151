set -eu
systemctl --quiet disable mariadb.service 2>/dev/null
sync
