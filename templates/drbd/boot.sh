#!/bin/sh
# Brings DRBD up while the node boots, before the cluster manager starts.
#
# The peer may have written while this node was off. So it is waited for, and its writes are fetched, before
# the cluster manager can promote this node: a node that promotes an old copy makes a split brain. When the peer
# does not come (boot-wait), the node goes on alone.
set -u
modprobe drbd
{%- for use in uses %}
drbdadm adjust r{{ use.index }}
{%- endfor %}
{%- for use in uses %}
if drbdadm wait-connect r{{ use.index }}; then
    # Ends at once unless a resynchronisation is under way.
    drbdsetup wait-sync {{ use.index }}
fi
{%- endfor %}
