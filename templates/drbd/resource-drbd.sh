#!/bin/sh
# drbd RESOURCE start|stop|status: makes this node the one that may write. A Heartbeat resource, in place of the
# package's drbddisk, which sleeps a whole second between tries.
resource=$1
# r0 has the minor number 0.
own=${resource#r}:

. /etc/ha.d/mark

# The role, from /proc/drbd: no program to start, and this is asked in the middle of every takeover.
role() {
    role=Unconfigured
    while read -r minor _ roles _; do
        [ "$minor" = "$own" ] && roles=${roles#ro:} && role=${roles%/*}
    done </proc/drbd
} 2>/dev/null

# Seconds since the system started, in whole ones.
uptime() {
    read -r uptime _ </proc/uptime
    uptime=${uptime%.*}
}

# Every tenth of a second for ten seconds: after a power cut the first try is refused until DRBD, too, has
# noticed that its peer is gone (ping-timeout). Refused because the peer is primary, a try takes DRBD a second by itself.
try() {
    uptime
    end=$((uptime + 10))
    until drbdadm "$1" "$resource"; do
        uptime
        [ "$uptime" -lt "$end" ] || exit 1
        sleep 0.1
    done
}

case $2 in
start)
    mark promote-begin
    try primary
    mark promoted
    ;;
stop)
    role
    [ "$role" = Unconfigured ] && exit 0
    try secondary
    mark demoted
    ;;
status)
    role
    case $role in
    Primary) echo "running (Primary)" ;;
    Secondary | Unconfigured) echo "stopped ($role)" ;;
    # Heartbeat must not treat a node as idle when its role is unknown.
    *) echo "running ($role)" ;;
    esac
    ;;
*)
    echo "usage: $0 RESOURCE start|stop|status" >&2
    exit 2
    ;;
esac
