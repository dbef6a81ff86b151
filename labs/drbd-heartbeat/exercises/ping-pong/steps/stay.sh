# Heartbeat reads its file again and keeps what it holds.
set -eu
sed -i 's/^auto_failback on$/auto_failback off/' /etc/ha.d/ha.cf
sync
/usr/libexec/heartbeat/heartbeat -r
sleep 15
