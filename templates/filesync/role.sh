#!/bin/sh
# filesync holder|backup: run by UCARP when this node takes or gives up the address.
{%- if param.method == "push-changes" %}
# Copies go from the holder to the other, so their direction turns with the address.
# This may run late and out of order, so it checks whether this node is the holder now.
if [ -e /run/ucarp-holder ]; then
    systemctl restart --no-block filesync.service
else
    systemctl stop --no-block filesync.service
fi
{%- elif param.copy_database and node.name != nodes[0].name %}
# The database goes on with the last copy of the other's files. The paper does not say that it did this; without it, the
# copy would never be read.
node={{ node.name }}
mark() {
    read -r up _ </proc/uptime
    echo "halab: mark $1 node=$node uptime=$up" >>/var/log/ha-log
}
[ "$1" = holder ] && [ -e /srv/data/mysql-copy/ibdata1 ] || exit 0
systemctl stop mariadb.service
rm -rf /srv/data/mysql-before
mv /srv/data/mysql /srv/data/mysql-before
cp -a /srv/data/mysql-copy /srv/data/mysql
systemctl start mariadb.service || {
    mark database-broken
    exit 0
}
mark database-up
# What was copied while the database ran is of no one moment, and the database says so by recovering as after a crash.
# That it can is luck; whether it was, its own check of the tables says.
run=$(systemctl show --property=InvocationID --value mariadb.service)
said=$(journalctl --quiet --output=cat "_SYSTEMD_INVOCATION_ID=$run")
case $said in
*"crash recovery"*) mark database-hot-copy ;;
esac
checked=$(mariadb --batch --skip-column-names -e 'CHECK TABLE halab.ledger, halab.visits EXTENDED' | cut -f 3,4)
case $said$checked in
*"in the future"* | *orrupt* | *error*) mark database-torn ;;
esac
{%- endif %}
