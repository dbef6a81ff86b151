# An editor keeps the mode of a file that it writes again.
set -eu
printf 'auth 1\n1 sha1 halab-drbd-heartbeat\n' >/etc/ha.d/authkeys
sync
systemctl reset-failed heartbeat.service
systemctl restart heartbeat.service
