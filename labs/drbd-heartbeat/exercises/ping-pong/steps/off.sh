set -eu
systemctl --quiet disable heartbeat.service
systemctl stop heartbeat.service
sync
