#!/bin/sh
# address IP/PREFIX/DEVICE start|stop|status: a Heartbeat resource for the virtual address.
ip=${1%%/*}
device=${1##*/}
prefix=${1#*/}
prefix=${prefix%/*}

. /etc/ha.d/mark

here() {
    [ -n "$(ip -4 -o addr show dev "$device" to "$ip/32")" ]
}

case $2 in
start)
    here || ip addr add "$ip/$prefix" dev "$device" || exit 1
    # Gratuitous ARP, so that switches and neighbours send to this node from now on: one at once, and some more, a
    # second apart, in case it is lost.
    (arping -q -c 5 -U -I "$device" "$ip" >/dev/null 2>&1 </dev/null &)
    mark address-up
    ;;
stop)
    if here; then
        ip addr del "$ip/$prefix" dev "$device" || exit 1
    fi
    mark address-down
    ;;
status)
    if here; then echo running; else echo stopped; fi
    ;;
*)
    echo "usage: $0 IP/PREFIX/DEVICE start|stop|status" >&2
    exit 2
    ;;
esac
