set -eu
mariadb </etc/mysql/replicate.sql
sync >/dev/null 2>&1 &
