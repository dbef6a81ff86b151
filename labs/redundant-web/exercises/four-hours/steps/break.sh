# The switch complained of unsolicited ARP replies.
set -eu
sed -i '/vrrp_garp_master_delay/a\    # The switch logs a warning for each of them, so as few as possible.\n    vrrp_garp_lower_prio_repeat 0' \
    /etc/keepalived/keepalived.conf
systemctl reload keepalived.service
sync
