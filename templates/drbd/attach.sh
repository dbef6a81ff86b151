set -eu
modprobe drbd
# A disk that has metadata keeps it: it may hold data. They are at its very end, and to see that nothing is there is
# quicker than to ask DRBD's tools. While DRBD has the disk it has metadata, and nobody else may look.
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
    # As "drbdadm create-md" does in the end, after asking twice more what is known by now.
    drbdmeta 0 v08 "$disk" internal create-md --force
fi
# Brings the resource up, or brings what runs to what the configuration says.
drbdadm adjust r0
# What "systemctl enable" does, without the daemon reading all units again.
ln -sf /etc/systemd/system/drbd-boot.service /etc/systemd/system/multi-user.target.wants/
# On the disk soon, in case of a power cut; nobody has to wait for it.
sync >/dev/null 2>&1 &
