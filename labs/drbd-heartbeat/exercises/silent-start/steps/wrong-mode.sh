# The first complaint in the log is gone; the key is still another one.
set -eu
chmod 600 /etc/ha.d/authkeys
sync
systemctl reset-failed heartbeat.service
systemctl restart heartbeat.service
# As long as someone looks at it, and then goes home.
sleep 30
