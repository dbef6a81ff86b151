# The right line in the file, which keepalived does not read again by itself.
set -eu
sed -i 's/^\( *virtual_router_id\) .*/\1 51/' /etc/keepalived/keepalived.conf
sync
