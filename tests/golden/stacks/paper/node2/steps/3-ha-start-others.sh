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
    if [ -e "$stamp" ]; then
        systemctl start heartbeat.service
    else
        # Nothing is on this node on its very first start; see heartbeat-start. It has to be there before the
        # preferred node begins: that one says only once that it is starting, and nobody would answer.
        touch /run/heartbeat-settled
        systemctl start heartbeat.service
        timeout 30 tail -n +1 -F /var/log/ha-log 2>/dev/null | grep -q -m 1 "Local status now set to: 'up'"
    fi
elif [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ]; then
    # Reads its files again and keeps the resources.
    /usr/libexec/heartbeat/heartbeat -r
fi
echo "$digest" >"$stamp"
sync
