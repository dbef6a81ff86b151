# Heartbeat has read its files again, and nothing moves.
set -eu
sleep 15
until curl -fsS -m 5 http://192.168.0.100/health.php | grep -q 'database ok'; do
    sleep 1
done
sync
