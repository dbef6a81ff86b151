# enter ROOT COMMAND...: runs a command in a root tree that is not booted.
#
# It runs in its own mount namespace, which removes all these mounts at the end.
set -eu
root=$1
shift

mount -t proc proc "$root/proc"

# Packages expect /run/lock (behind /var/lock), as on a running system.
mount -t tmpfs -o mode=0755 run "$root/run"
mkdir -m 1777 "$root/run/lock"

# Only the standard devices, none of the machine's own.
mount -t tmpfs -o mode=0755 dev "$root/dev"
for node in null zero full random urandom tty; do
    : > "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# Names are resolved as on the machine; the image's own file is not changed.
rm -f "$root/etc/resolv.conf"
: > "$root/etc/resolv.conf"
if [ -e /etc/resolv.conf ]; then
    mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
fi

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
exec chroot "$root" "$@"
