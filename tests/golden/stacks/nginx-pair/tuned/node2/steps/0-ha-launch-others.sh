set -eu
state=$(systemctl show --property=ActiveState,NeedDaemonReload --value heartbeat.service)
case $state in
active*) exit 0 ;;
# Files may have come after the daemon read its units.
*yes) systemctl daemon-reload ;;
esac
if [ ! -e /var/lib/heartbeat/halab-digest ]; then
    # Nothing is on this node on its very first start; see heartbeat-start.
    : >/run/heartbeat-settled
fi
: >>/var/log/ha-log
systemctl start --no-block heartbeat.service
