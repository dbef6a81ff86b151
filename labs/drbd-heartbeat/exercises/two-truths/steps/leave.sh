set -eu
systemctl stop heartbeat.service
