# As in many guides: is there a process of this name?
set -eu
cat >/usr/local/sbin/keepalived-check <<'END'
#!/bin/sh
pidof apache2 >/dev/null
END
sed -i 's/^    weight .*/    weight -50/' /etc/keepalived/keepalived.conf
systemctl reload keepalived.service
sync
