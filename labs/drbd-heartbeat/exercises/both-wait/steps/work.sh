# This node leaves the cluster in order, and the mirror; and its disk is marked as old, so that it is not served by mistake.
set -eu
systemctl stop heartbeat.service
until grep -q 'ro:Secondary/Primary' /proc/drbd; do
    sleep 1
done
drbdadm disconnect r0
drbdadm outdate r0
sync
