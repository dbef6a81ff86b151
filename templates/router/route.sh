set -eu
sysctl --quiet --load=/etc/sysctl.d/90-router.conf
nft --file /etc/nftables.conf
# Also at every boot. As "systemctl enable", without making systemd reload all units.
units=/etc/systemd/system/sysinit.target.wants
mkdir -p "$units"
ln -sf /lib/systemd/system/nftables.service "$units/"
