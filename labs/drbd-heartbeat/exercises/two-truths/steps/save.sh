# Opens this node's own copy while it waits, reads its orders, and writes those that are missing through the address of
# the site. An order that is there already stays as it is.
set -eu
drbdadm disconnect r0 2>/dev/null || :
drbdadm primary r0
mount -t ext4 -o noatime /dev/drbd0 /srv/data
systemctl start mariadb.service
mariadb -N -e 'SELECT id FROM halab.ledger ORDER BY number' >/root/here
systemctl stop mariadb.service
umount /srv/data
drbdadm secondary r0
curl -fsS http://192.168.0.100/ledger.php >/root/there
grep -vxFf /root/there /root/here | while read -r order; do
    until curl -fsS -m 5 "http://192.168.0.100/append.php?id=$order" | grep -q "^ok $order"; do
        sleep 1
    done
done
