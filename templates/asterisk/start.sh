set -eu
sysctl --quiet --load /etc/sysctl.d/90-asterisk.conf
# As "systemctl enable", without making systemd reload all units.
ln -sf /lib/systemd/system/asterisk.service /etc/systemd/system/multi-user.target.wants/
mkdir -p /var/lib/halab
stamp=/var/lib/halab/asterisk.digest
digest=$(cd /etc/asterisk && cat pjsip.conf extensions.conf rtp.conf http.conf modules.conf \
    /etc/systemd/system/asterisk.service.d/halab.conf | sha256sum)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$digest" ]; then
    systemctl daemon-reload
    systemctl restart asterisk.service
else
    systemctl start asterisk.service
fi
echo "$digest" >"$stamp"
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
