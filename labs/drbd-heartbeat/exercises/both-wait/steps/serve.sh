# Heartbeat had given up; it begins again.
set -eu
systemctl restart heartbeat.service
