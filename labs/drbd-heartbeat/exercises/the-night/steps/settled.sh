# The site is answered, and nothing moves any more.
set -eu
good=0
while [ "$good" -lt 10 ]; do
    good=$((good + 1))
    curl -fsS -m 5 http://192.168.0.100/health.php 2>/dev/null | grep -q 'database ok' || good=0
    sleep 1
done
sync
