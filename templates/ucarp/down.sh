#!/bin/sh
# down DEVICE ADDRESS: run by UCARP when another node is the holder, and when it ends.
node={{ node.name }}
prefix={{ param.address.prefix }}

rm -f /run/ucarp-holder
if ip addr del "$2/$prefix" dev "$1" 2>/dev/null; then
    read -r up _ </proc/uptime
    echo "halab: mark address-down node=$node uptime=$up" >>/var/log/ha-log
fi
for hook in /etc/ucarp/role.d/*; do
    [ ! -x "$hook" ] || ("$hook" backup >/dev/null 2>&1 </dev/null &)
done
exit 0
