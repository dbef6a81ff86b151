set -eu
systemctl --quiet enable drbd-boot.service
sync
systemctl start drbd-boot.service
drbdadm wait-connect r0
drbdsetup wait-sync 0
