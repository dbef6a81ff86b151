#!/bin/sh
# Starts Heartbeat, as the main process of heartbeat.service.
#
# Two nodes that start together wait ten seconds for each other before either takes anything up. On the very first
# start of a cluster one of them has nothing to take up, and the set-up says so with the file below: this node then
# comes up as Heartbeat does after its own reload (-R), settled, and the preferred node goes ahead at once.
# For that, Heartbeat wants to find itself as the running one.
settled=/run/heartbeat-settled
if [ -e "$settled" ]; then
    rm -f "$settled"
    echo "$$" >/run/heartbeat.pid
    exec /usr/libexec/heartbeat/heartbeat -f -R -C local
fi
exec /usr/libexec/heartbeat/heartbeat -f
