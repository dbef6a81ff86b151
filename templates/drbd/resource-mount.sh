#!/bin/sh
# mount DEVICE FOLDER start|stop|status: a Heartbeat resource.
device=$1
folder=$2

. /etc/ha.d/mark

mounted() {
    while read -r _ where _; do
        [ "$where" = "$folder" ] && return 0
    done </proc/mounts
    return 1
}

case $3 in
start)
    mounted || mount -t ext4 -o noatime "$device" "$folder" || exit 1
    mark mounted
    ;;
stop)
    # A request in progress has a file open briefly; processes that keep one open for seconds are killed.
    tries=50
    while mounted; do
        umount "$folder" && break
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || exit 1
        [ "$tries" -ne 10 ] || fuser -s -k -m "$folder"
        sleep 0.1
    done
    mark unmounted
    ;;
status)
    if mounted; then echo running; else echo stopped; fi
    ;;
*)
    echo "usage: $0 DEVICE FOLDER start|stop|status" >&2
    exit 2
    ;;
esac
