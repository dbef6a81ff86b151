# Five heartbeats, as in a lab where no machine ever stands still.
set -eu
sed -i 's/^deadtime .*/deadtime 2500ms/; s/^warntime .*/warntime 1s/' /etc/ha.d/ha.cf
sync
/usr/libexec/heartbeat/heartbeat -r
sleep 15
