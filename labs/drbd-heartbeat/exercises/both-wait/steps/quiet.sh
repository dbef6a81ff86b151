# The mirror has waited for its peer, and Heartbeat for its own; then each has tried to serve.
set -eu
until systemctl -q is-active heartbeat.service; do
    sleep 1
done
sleep 40
