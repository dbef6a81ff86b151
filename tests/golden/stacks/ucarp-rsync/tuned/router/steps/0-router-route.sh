set -eu
sysctl --quiet --load=/etc/sysctl.d/90-router.conf
nft --file /etc/nftables.conf
