# One file for both servers, so that both have the same.
set -eu
sed -i "s/^auto-increment-increment = .*/auto-increment-increment = $step/
    s/^auto-increment-offset = .*/auto-increment-offset = $offset/" /etc/mysql/mariadb.conf.d/91-masters.cnf
systemctl restart mariadb.service
sync
