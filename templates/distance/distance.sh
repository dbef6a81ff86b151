#!/bin/sh
# Run at each start of the node.
set -eu
device={{ node.nics[param.network].device }}
tc qdisc del dev "$device" root 2>/dev/null || :
{%- if param.delay.ms > 0 %}
# The three default bands for other traffic, and a fourth with the delay. Its limit covers the packets in transit.
tc qdisc add dev "$device" root handle 1: prio bands 4
tc qdisc add dev "$device" parent 1:4 handle 4: netem delay {{ param.delay.ms }}ms limit 10000
far() {
    tc filter add dev "$device" parent 1: protocol ip u32 match ip dst "$1" flowid 1:4
}
{%- for peer in peers %}
far {{ peer.nics[param.network].ip }}/32
{%- endfor %}
# Broadcast and multicast.
far 224.0.0.0/4
{%- endif %}
