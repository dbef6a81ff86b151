set -eu
modprobe drbd
# A disk with metadata keeps it, because the disk may contain data. The metadata are at its end, and reading them there is
# faster than with DRBD's tools. A disk attached to DRBD has metadata, and cannot be read directly.
disk={{ node.disks[param.disk].device }}
blank() {
    read -r size <"/sys/class/block/${disk##*/}/size"
    dd if="$disk" bs=4096 skip=$((size / 8 - 1)) count=1 status=none | cmp -s -n 4096 - /dev/zero
}
taken() {
    while read -r minor state _; do
        case $minor$state in
        0:cs:Unconfigured) ;;
        0:cs:*) return 0 ;;
        esac
    done </proc/drbd
    return 1
}
if ! taken && { blank || ! drbdadm dump-md r0 >/dev/null 2>&1; }; then
    # As "drbdadm create-md", without its repeated checks.
    drbdmeta 0 v08 "$disk" internal create-md --force
fi
# Brings the resource up, or applies a changed configuration.
drbdadm adjust r0
# As "systemctl enable", without making systemd reload all units.
ln -sf /etc/systemd/system/drbd-boot.service /etc/systemd/system/multi-user.target.wants/
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
