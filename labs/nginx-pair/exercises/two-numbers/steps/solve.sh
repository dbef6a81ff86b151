# The number of the other balancer, and keepalived reads it.
set -eu
sed -i 's/^\( *virtual_router_id\) .*/\1 51/' /etc/keepalived/keepalived.conf
systemctl restart keepalived.service
sync
