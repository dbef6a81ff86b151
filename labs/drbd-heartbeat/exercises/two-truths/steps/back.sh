set -eu
systemctl start heartbeat.service
