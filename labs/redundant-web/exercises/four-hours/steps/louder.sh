# Ten announcements instead of one, and ten more after a second.
set -eu
sed -i 's/^    vrrp_garp_master_repeat .*/    vrrp_garp_master_repeat 10/' /etc/keepalived/keepalived.conf
systemctl reload keepalived.service
sync
