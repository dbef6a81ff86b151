# The mirror has seen what happened, and this node waits.
set -eu
until ! grep -q ' /srv/data ' /proc/mounts && grep -q 'cs:\(StandAlone\|WFConnection\) ro:Secondary' /proc/drbd; do
    sleep 1
done
