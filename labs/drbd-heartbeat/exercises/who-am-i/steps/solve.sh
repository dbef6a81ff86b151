# As the inventory says, now and at the next boot. Then the mirror, and after it Heartbeat.
set -eu
hostname "$node"
hostname >/etc/hostname
sync
systemctl restart drbd-boot.service
systemctl reset-failed heartbeat.service
systemctl restart heartbeat.service
