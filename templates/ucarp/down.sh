#!/bin/sh
# down DEVICE ADDRESS: run by UCARP when another node is the holder, and by systemd before and after UCARP ends.
node={{ node.name }}
prefix={{ param.address.prefix }}

# From here on it is not the holder, and promises nothing more; nor does it go on announcing the address.
held=no
[ ! -e /run/ucarp-holder ] || held=yes
if read -r announcer </run/ucarp-announcer && read -r name <"/proc/$announcer/comm" && [ "$name" = arping ]; then
    kill "$announcer"
fi 2>/dev/null
rm -f /run/ucarp-holder /run/ucarp-announcer
if ip addr del "$2/$prefix" dev "$1" 2>/dev/null; then
    read -r up _ </proc/uptime
    echo "halab: mark address-down node=$node uptime=$up" >>/var/log/ha-log
fi
for hook in /etc/ucarp/role.d/*; do
    [ "$held" = no ] || [ ! -x "$hook" ] || ("$hook" backup >/dev/null 2>&1 </dev/null &)
done
exit 0
