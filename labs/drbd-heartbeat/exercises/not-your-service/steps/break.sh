# Three lines in three places: the disk is made primary, mounted, and the database started, as on any single machine.
set -eu
mkdir -p /etc/systemd/system/drbd-boot.service.d /etc/systemd/system/mariadb.service.d
cat >/etc/systemd/system/drbd-boot.service.d/override.conf <<'END'
[Service]
ExecStartPost=-/usr/sbin/drbdadm primary r0
END
cat >/etc/systemd/system/mariadb.service.d/override.conf <<'END'
[Unit]
RequiresMountsFor=/srv/data
END
echo '/dev/drbd0 /srv/data ext4 noatime,nofail,x-systemd.requires=drbd-boot.service 0 0' >>/etc/fstab
systemctl daemon-reload
systemctl --quiet enable mariadb.service 2>/dev/null
sync
