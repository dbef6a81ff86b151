# One node alone misses no heartbeats.
set -eu
systemctl stop heartbeat.service
