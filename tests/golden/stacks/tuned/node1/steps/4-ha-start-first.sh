set -eu
stamp=/var/lib/heartbeat/halab-digest
digest=$(cat /etc/ha.d/ha.cf /etc/ha.d/haresources /etc/ha.d/authkeys | sha256sum)
if ! systemctl --quiet is-active heartbeat.service; then
    # Files may have come after the daemon read its units.
    if [ "$(systemctl show --property=NeedDaemonReload --value heartbeat.service)" = yes ]; then
        systemctl daemon-reload
    fi
    # What "systemctl enable" does, without the daemon reading all units again.
    ln -sf /lib/systemd/system/heartbeat.service /etc/systemd/system/multi-user.target.wants/
    systemctl start heartbeat.service
elif [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ]; then
    # Reads its files again and keeps the resources.
    /usr/libexec/heartbeat/heartbeat -r
fi
echo "$digest" >"$stamp"
sync
