# Orders while the other one is away.
set -eu
until curl -fsS -m 5 http://192.168.0.100/health.php | grep -q 'database ok' && grep -q 'ro:Primary' /proc/drbd; do
    sleep 1
done
for number in $(seq 41 52); do
    until curl -fsS -m 5 "http://127.0.0.1/append.php?id=C$day-$number" | grep -q "^ok "; do
        sleep 1
    done
done
sync
