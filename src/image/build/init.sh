#!/bin/busybox sh
# The first process of a guest: loads the drivers of its disk and network, gives it its identity, and hands over.
# It uses shell built-ins where possible: with emulation every new process costs 10 ms.

say() {
    echo "halab: $*" > /dev/console
}

# Halts with the reason on the console, which an automatic restart would hide.
fail() {
    say "failed: $*"
    exec /bin/busybox sh < /dev/console > /dev/console 2>&1
}

B=/bin/busybox
$B mount -t devtmpfs dev /dev
say kernel

while read -r module; do
    $B insmod "$module" || fail "cannot load $module"
done < /modules

waited=0
while [ ! -b /dev/vda ]; do
    [ $waited -lt 1000 ] || fail "there is no disk"
    $B usleep 10000
    waited=$((waited + 1))
done
$B mount -t ext4 -o noatime /dev/vda /root || fail "cannot mount the root file system"

# The seed is applied only if it differs from the one applied last: the user's changes in the guest survive a restart,
# and changes of the lab take effect.
if [ -f /seed/digest ]; then
    read -r digest < /seed/digest
    applied=
    [ ! -f /root/var/lib/halab/seed ] || read -r applied < /root/var/lib/halab/seed
    if [ "$digest" != "$applied" ]; then
        if [ -f /root/var/lib/halab/files ]; then
            while read -r file; do
                $B rm -f "/root$file"
            done < /root/var/lib/halab/files
        fi
        # In the root, so that owners are looked up in its own /etc/passwd.
        $B chroot /root /bin/busybox tar -x -m -f - < /seed/files.tar || fail "cannot apply the seed"
        say seed
    fi
fi

# systemd finds /run mounted and keeps it. With this note in it, the journal is on the disk from its first line, where it
# survives a power cut, and is not written to memory first and copied afterwards.
$B mount -t tmpfs -o mode=0755,nosuid,nodev run /root/run
$B mkdir -p /root/run/systemd/journal
: > /root/run/systemd/journal/flushed

say init
exec $B switch_root /root /lib/systemd/systemd
