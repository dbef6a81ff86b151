#!/bin/sh
# Run by Heartbeat when a group of resources was asked for and its holder, if there is one, has answered (HA_dest,
# HA_ipaddr, HA_ok), in place of the package's script of this name: at the start of the preferred node, and at a failback.
. "$HA_FUNCS"
[ "$HA_dest" = "$HA_CURHOST" ] || exit 0
ha_log "received ip-request-resp $HA_ipaddr $HA_ok $HA_weown"
[ "$HA_ok" = OK ] || exit 0
# While the cluster is founded, the resources are not there yet; the set-up starts them.
[ ! -e /run/heartbeat-founding ] || exit 0
{%- if param.takeover == "grouped" %}

# As in the script "status": started first, looked up afterwards.
ha_log "info: Acquiring resource group: $HA_CURHOST $HA_ipaddr"
services=$HA_RESOURCEDIR/services
case $("$services" status) in
running*) ;;
*) "$services" start ;;
esac
{%- endif %}

exec "$HA_NOARCHBIN/ResourceManager" takegroup "$HA_ipaddr"
