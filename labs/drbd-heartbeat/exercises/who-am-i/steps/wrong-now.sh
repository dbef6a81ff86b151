# The kernel's name, not the file's.
set -eu
hostname "$node"
systemctl restart drbd-boot.service
systemctl reset-failed heartbeat.service
systemctl restart heartbeat.service
