set -eu
modprobe drbd
# A disk with metadata keeps it, because the disk may contain data. The metadata are at its end, and reading them there is
# faster than with DRBD's tools. A disk attached to DRBD has metadata, and cannot be read directly.
resource=r{{ use.index }}
minor={{ use.index }}
disk={{ node.disks[param.disk].device }}
blank() {
    read -r size <"/sys/class/block/${disk##*/}/size"
    dd if="$disk" bs=4096 skip=$((size / 8 - 1)) count=1 status=none | cmp -s -n 4096 - /dev/zero
}
taken() {
    while read -r number state _; do
        case $number$state in
        "$minor:cs:Unconfigured") ;;
        "$minor:cs:"*) return 0 ;;
        esac
    done </proc/drbd
    return 1
}
if ! taken && { blank || ! drbdadm dump-md "$resource" >/dev/null 2>&1; }; then
    # As "drbdadm create-md", without its repeated checks.
    drbdmeta "$minor" v08 "$disk" internal create-md --force
fi
# Brings the resource up, or applies a changed configuration.
drbdadm adjust "$resource"
{%- if param.folder != "/srv/data" %}
mkdir -p {{ param.folder }}
{%- endif %}
# As "systemctl enable", without making systemd reload all units.
ln -sf /etc/systemd/system/drbd-boot.service /etc/systemd/system/multi-user.target.wants/
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
