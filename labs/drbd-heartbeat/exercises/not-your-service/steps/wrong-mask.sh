# A masked unit is not started by a takeover either.
set -eu
rm -rf /etc/systemd/system/drbd-boot.service.d /etc/systemd/system/mariadb.service.d/override.conf
sed -i '\|^/dev/drbd0 |d' /etc/fstab
systemctl --quiet disable mariadb.service 2>/dev/null
systemctl --quiet mask mariadb.service
systemctl daemon-reload
sync
