set -eu
stamp=/var/lib/heartbeat/halab-digest
founding=/run/heartbeat-founding
if [ -e "$founding" ]; then
    # Heartbeat came up as one that holds the resources (heartbeat-start).
    /etc/ha.d/resource.d/services start
    rm -f "$founding"
elif ! systemctl --quiet is-active heartbeat.service; then
    # This node alone is new, or the cluster was left half-founded: Heartbeat asks its peer before it takes anything up.
    systemctl daemon-reload
    : >>/var/log/ha-log
    systemctl start --no-block heartbeat.service
fi
digest=$(cat /etc/ha.d/ha.cf /etc/ha.d/haresources /etc/ha.d/authkeys | sha256sum)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$digest" ]; then
    # Reads its files again and keeps the resources. It begins anew a second later; what it says until then is still of
    # the old files, so the health checks must not ask before.
    events=$(mktemp -u)
    mkfifo "$events"
    tail -n 0 -F /var/log/ha-log >"$events" 2>/dev/null &
    follower=$!
    trap 'kill "$follower" 2>/dev/null || :; rm -f "$events"' EXIT
    /usr/libexec/heartbeat/heartbeat -r
    timeout 30 grep -q -m 1 "Local status now set to: 'active'" <"$events" || :
fi
echo "$digest" >"$stamp"
# What "systemctl enable" does, without the daemon reading all units again.
ln -sf /lib/systemd/system/heartbeat.service /etc/systemd/system/multi-user.target.wants/
# On the disk soon, in case of a power cut; nobody has to wait for it.
sync >/dev/null 2>&1 &
