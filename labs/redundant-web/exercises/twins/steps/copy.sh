# The settings of the database come from the peer, its number among them. Names and addresses were corrected.
set -eu
case $node in
web1) number=2 ;;
web2) number=1 ;;
esac
sed -i "s/^server-id = .*/server-id = $number/" /etc/mysql/mariadb.conf.d/91-masters.cnf
systemctl restart mariadb.service
sync
