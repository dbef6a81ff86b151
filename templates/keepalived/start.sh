set -eu
# As "systemctl enable", without making systemd reload all units.
ln -sf /lib/systemd/system/keepalived.service /etc/systemd/system/multi-user.target.wants/
mkdir -p /var/lib/halab
stamp=/var/lib/halab/keepalived.digest
digest=$(cat /etc/keepalived/keepalived.conf /etc/systemd/system/keepalived.service.d/halab.conf | sha256sum)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$digest" ]; then
    systemctl daemon-reload
    systemctl restart keepalived.service
else
    systemctl start keepalived.service
fi
echo "$digest" >"$stamp"
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
