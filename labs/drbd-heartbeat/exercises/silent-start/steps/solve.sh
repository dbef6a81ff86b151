# What the other node has in this file.
set -eu
printf 'auth 1\n1 sha1 halab-drbd-heartbeat\n' >/etc/ha.d/authkeys
chmod 600 /etc/ha.d/authkeys
sync
systemctl reset-failed heartbeat.service
systemctl restart heartbeat.service
