# The first advice of every guide, with its value.
set -eu
sed -i 's/proxy_connect_timeout .*/proxy_connect_timeout 5s;/' /etc/nginx/nginx.conf
systemctl reload nginx.service
sync
