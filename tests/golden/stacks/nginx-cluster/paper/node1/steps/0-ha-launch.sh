set -eu
# For heartbeat-start and for the scripts in rc.d: nothing of the cluster serves yet.
: >/run/heartbeat-founding
# Files may have come after the daemon read its units.
case $(systemctl show --property=NeedDaemonReload --value heartbeat.service) in
yes) systemctl daemon-reload ;;
esac
: >>/var/log/ha-log
systemctl start --no-block heartbeat.service
