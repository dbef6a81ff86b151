#!/bin/sh
# Run by Heartbeat when the status of a node changes (HA_src, HA_st), in place of the package's script of this name.
. "$HA_FUNCS"
# For the health check, which waits for the log.
echo "$HA_st" >"/run/halab-node-$HA_src"
echo "halab: node $HA_src $HA_st" >>/var/log/ha-log
# While the cluster is founded, the resources are not there yet; the set-up starts them.
[ ! -e /run/heartbeat-founding ] || exit 0
{%- if param.takeover == "grouped" %}

# The resources are started first and looked up afterwards: mach_down finds them running, and does the book-keeping.
# On its own it would use two dozen processes to find out what to start, during the outage.
services=$HA_RESOURCEDIR/services
if [ "$HA_st" = dead ] && [ "$HA_src" != "$HA_CURHOST" ]; then
    case $("$services" status) in
    running*) ;;
    *) "$services" start ;;
    esac
fi
{%- endif %}

case $HA_st in
dead) "$HA_NOARCHBIN/mach_down" "$HA_src" ;;
esac
