#!/bin/sh
# Starts Heartbeat, as the main process of heartbeat.service.
#
# Two nodes that start together wait for each other, and then one asks the other before it takes anything up. When all nodes of
# the cluster have just been made there is nothing to take up yet; the set-up does that, and says so with the file below: both
# nodes then come up as Heartbeat does after its own reload (-R), settled, each holding what is its own.
# For that, Heartbeat wants to find itself as the running one.
#
# What an earlier one noted of other nodes (rc.d/status) says nothing any more.
rm -f /run/halab-node-*
if [ -e /run/heartbeat-founding ]; then
    echo "$$" >/run/heartbeat.pid
    exec /usr/libexec/heartbeat/heartbeat -f -R -C local
fi
exec /usr/libexec/heartbeat/heartbeat -f
