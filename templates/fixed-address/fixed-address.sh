#!/bin/sh
# Run at each start of the node.
set -eu
device={{ node.nics[param.address.network].device }}
ip={{ param.address.ip }}
prefix={{ param.address.prefix }}
ip addr replace "$ip/$prefix" dev "$device"
# Neighbours that still wait for an answer send to this node from now on.
arping -q -c 1 -U -I "$device" "$ip" || :
