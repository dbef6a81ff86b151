# The rule that the other chain has.
set -eu
case $direction in
in) after='tcp dport { 22, 80, 7789 } accept' ;;
out) after='tcp dport { 80, 443, 7789 } accept' ;;
esac
sed -i "s/^\(\t*\)$after\$/&\n\1udp dport 694 accept/" /etc/nftables.conf
systemctl reload nftables.service
sync
