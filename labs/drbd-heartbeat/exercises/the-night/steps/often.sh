# Two heartbeats in a second, on both networks; and a node that starts alone waits for less.
set -eu
# "3: eth1    inet 10.10.0.1/24 ..."
set -- $(ip -4 -o addr show to 10.10.0.0/24)
sed -i "s/^keepalive .*/keepalive 500ms/; s/^warntime .*/warntime 2s/; s/^initdead .*/initdead 20s/
    /^bcast /a bcast $2" /etc/ha.d/ha.cf
sync
/usr/libexec/heartbeat/heartbeat -r
sleep 15
