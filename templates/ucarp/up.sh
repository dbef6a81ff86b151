#!/bin/sh
# up DEVICE ADDRESS: run by UCARP when this node becomes the holder, before it announces itself; so it is short.
node={{ node.name }}
prefix={{ param.address.prefix }}

mark() {
    read -r up _ </proc/uptime
    echo "halab: mark $1 node=$node uptime=$up" >>/var/log/ha-log
}

mark elected
# Records since when it is the holder: from before the address is reachable until after it no longer is.
echo "$up" >/run/ucarp-holder
ip addr add "$2/$prefix" dev "$1" 2>/dev/null
mark address-up
# Some more announcements, a second apart, in case one is lost; and what else wants to know.
(
    arping -q -c 5 -U -I "$1" "$2" >/dev/null 2>&1 </dev/null &
    echo "$!" >/run/ucarp-announcer
)
for hook in /etc/ucarp/role.d/*; do
    [ ! -x "$hook" ] || ("$hook" holder >/dev/null 2>&1 </dev/null &)
done
