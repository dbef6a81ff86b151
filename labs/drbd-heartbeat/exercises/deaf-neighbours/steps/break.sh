# A strict firewall: what it does not name is dropped. It names the heartbeats in one of its two chains.
set -eu
passes='udp dport 694 accept'
in=$passes
out=$passes
case $direction in
in) in= ;;
out) out= ;;
esac
cat >/etc/nftables.conf <<END
#!/usr/sbin/nft -f
# Firewall of the web servers, version 2. What is not named here is dropped.

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iifname "lo" accept
		ct state established,related accept
		icmp type echo-request accept
		tcp dport { 22, 80, 7789 } accept
		$in
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
	chain output {
		type filter hook output priority filter; policy drop;
		oifname "lo" accept
		ct state established,related accept
		icmp type echo-request accept
		udp dport { 53, 123 } accept
		tcp dport { 80, 443, 7789 } accept
		$out
	}
}
END
# Without the line that is empty now.
sed -i '/^\t\t$/d' /etc/nftables.conf
systemctl --quiet enable nftables.service
systemctl restart nftables.service
sync
# One node declares the other one dead, and tries without success to take over.
sleep 30
