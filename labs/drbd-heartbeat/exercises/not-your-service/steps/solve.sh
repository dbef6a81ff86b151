# As it was: the cluster manager starts each of them where it wants them.
set -eu
rm -r /etc/systemd/system/drbd-boot.service.d /etc/systemd/system/mariadb.service.d/override.conf
sed -i '\|^/dev/drbd0 |d' /etc/fstab
systemctl --quiet disable mariadb.service 2>/dev/null
systemctl daemon-reload
sync
