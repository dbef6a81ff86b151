# Nothing may ever take long.
set -eu
sed -i 's/proxy_connect_timeout .*/proxy_connect_timeout 100ms;/
    s/proxy_read_timeout .*/proxy_read_timeout 100ms;/
    s/max_fails=.*;/max_fails=3 fail_timeout=5s;/' /etc/nginx/nginx.conf
systemctl reload nginx.service
sync
