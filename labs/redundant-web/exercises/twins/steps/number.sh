# A number that no other database has.
set -eu
sed -i 's/^server-id = .*/server-id = 12/' /etc/mysql/mariadb.conf.d/91-masters.cnf
systemctl restart mariadb.service
sync
