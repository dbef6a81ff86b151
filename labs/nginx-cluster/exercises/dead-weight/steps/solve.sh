# A second to accept a connection, three to answer; after three failures the server is left alone for five seconds.
set -eu
sed -i 's/proxy_connect_timeout .*/proxy_connect_timeout 1s;/
    s/proxy_read_timeout .*/proxy_read_timeout 3s;/
    s/max_fails=.*;/max_fails=3 fail_timeout=5s;/' /etc/nginx/nginx.conf
systemctl reload nginx.service
sync
