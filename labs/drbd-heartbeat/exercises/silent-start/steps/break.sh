# A secret of one's own, written on this node only, with the mode of the editor that wrote it.
set -eu
cat >/etc/ha.d/authkeys <<END
auth 1
1 sha1 rahasia-2026
END
chmod "$mode" /etc/ha.d/authkeys
sync
systemctl restart heartbeat.service
# It is started again and again, and then left alone.
for _ in $(seq 30); do
    ! systemctl -q is-failed heartbeat.service || break
    sleep 1
done
