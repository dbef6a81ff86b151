# Heartbeat is started again and again, and then left alone.
set -eu
for _ in $(seq 40); do
    ! systemctl -q is-failed heartbeat.service || break
    sleep 1
done
