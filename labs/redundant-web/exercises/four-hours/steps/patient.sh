# As long as no one takes over, no memory has to be corrected.
set -eu
sed -i 's/^    advert_int .*/    advert_int 4/' /etc/keepalived/keepalived.conf
systemctl reload keepalived.service
sync
