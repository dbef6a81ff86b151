# As in many guides: replication goes on if it does not mind the error.
set -eu
printf '[mariadbd]\nslave-skip-errors = 1062\n' >/etc/mysql/mariadb.conf.d/95-skip.cnf
systemctl restart mariadb.service
sync
