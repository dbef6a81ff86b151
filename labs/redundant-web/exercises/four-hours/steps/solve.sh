# An announcement every two seconds costs nothing, and corrects each memory that is wrong.
set -eu
sed -i '/vrrp_garp_master_delay/a\    vrrp_garp_master_refresh 2' /etc/keepalived/keepalived.conf
systemctl reload keepalived.service
sync
