# The site is answered, the other node is a member, and nothing moves any more.
set -eu
good=0
while [ "$good" -lt 15 ]; do
    good=$((good + 1))
    curl -fsS -m 5 http://192.168.0.100/health.php 2>/dev/null | grep -q 'database ok' || good=0
    [ "$(cl_status nodestatus node2 2>/dev/null)" = active ] || good=0
    sleep 1
done
