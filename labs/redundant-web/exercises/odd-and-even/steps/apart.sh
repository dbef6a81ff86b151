# The odd numbers for one server, the even ones for the other.
set -eu
case $(hostname) in
web1) offset=1 ;;
*) offset=2 ;;
esac
sed -i "s/^auto-increment-increment = .*/auto-increment-increment = 2/
    s/^auto-increment-offset = .*/auto-increment-offset = $offset/" /etc/mysql/mariadb.conf.d/91-masters.cnf
systemctl restart mariadb.service
sync
