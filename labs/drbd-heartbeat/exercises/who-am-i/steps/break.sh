# A mail program wanted a full name. It takes effect at the next boot.
set -eu
echo "$node.$domain" >/etc/hostname
sync
