set -eu
# For heartbeat-start and for the scripts in rc.d: nothing of the cluster serves yet.
: >/run/heartbeat-founding
# Files may have come after the daemon read its units. It is asked only where they can have: asking takes it a tenth of a
# second.
if [ /etc/systemd/system/heartbeat.service.d/halab.conf -nt /run/systemd/system ]; then
    case $(systemctl show --property=NeedDaemonReload --value heartbeat.service) in
    yes) systemctl daemon-reload ;;
    esac
fi
: >>/var/log/ha-log
systemctl start --no-block heartbeat.service
