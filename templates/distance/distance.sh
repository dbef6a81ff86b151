#!/bin/sh
# Run at each start of the node.
set -eu
device={{ node.nics[param.network].device }}
tc qdisc del dev "$device" root 2>/dev/null || :
{%- if param.delay.ms > 0 %}
# Three lanes for whatever else is sent, as without this, and a fourth that is long. Its room is for what is on the way.
tc qdisc add dev "$device" root handle 1: prio bands 4
tc qdisc add dev "$device" parent 1:4 handle 4: netem delay {{ param.delay.ms }}ms limit 10000
far() {
    tc filter add dev "$device" parent 1: protocol ip u32 match ip dst "$1" flowid 1:4
}
{%- for peer in peers %}
far {{ peer.nics[param.network].ip }}/32
{%- endfor %}
# What is said to all of them at once.
far 224.0.0.0/4
{%- endif %}
