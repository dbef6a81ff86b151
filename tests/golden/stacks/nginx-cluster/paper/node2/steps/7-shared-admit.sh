set -eu
mariadb </etc/mysql/shared.sql
sync >/dev/null 2>&1 &
