# The other node, and the mirror, still have the old name.
set -eu
sed -i "/^node /s/$node/$(uname -n)/" /etc/ha.d/ha.cf
sync
systemctl reset-failed heartbeat.service
systemctl restart heartbeat.service
# As long as someone looks at it.
sleep 30
