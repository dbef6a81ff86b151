set -eu
stamp=/var/lib/heartbeat/halab-digest
founding=/run/heartbeat-founding
if [ -e "$founding" ]; then
{%- if node.name == nodes[0].name %}
    # Heartbeat came up as one that holds the resources (heartbeat-start).
    /etc/ha.d/resource.d/services start
{%- endif %}
    rm -f "$founding"
elif ! systemctl --quiet is-active heartbeat.service; then
    # This node alone is new, or the cluster was left half-founded: Heartbeat asks its peer before it takes anything up.
    systemctl daemon-reload
    : >>/var/log/ha-log
    systemctl start --no-block heartbeat.service
fi
digest=$(cat /etc/ha.d/ha.cf /etc/ha.d/haresources /etc/ha.d/authkeys | sha256sum)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$digest" ]; then
    # Reloads its files and keeps the resources. It restarts a second later; until then its state is that of the old
    # files, so the health checks must wait.
    events=$(mktemp -u)
    mkfifo "$events"
    tail -n 0 -F /var/log/ha-log >"$events" 2>/dev/null &
    follower=$!
    trap 'kill "$follower" 2>/dev/null || :; rm -f "$events"' EXIT
    /usr/libexec/heartbeat/heartbeat -r
    timeout 30 grep -q -m 1 "Local status now set to: 'active'" <"$events" || :
fi
echo "$digest" >"$stamp"
# As "systemctl enable", without making systemd reload all units.
ln -sf /lib/systemd/system/heartbeat.service /etc/systemd/system/multi-user.target.wants/
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
