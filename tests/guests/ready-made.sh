# ready-made.sh ROOT: makes a root tree of Debian packages one that boots by itself, as ready-made images do.
# It leaves the boot loader's second part in ROOT/core.img. Run it in a mount namespace of its own.
set -eu
root=$1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The tree belongs to the users of the sandbox that made it.
first=2100000000
for user in $(find "$root" -printf '%U\n' | sort -u); do
  [ "$user" -lt "$first" ] || find "$root" -uid "$user" -exec chown -h $((user - first)) {} +
done
for group in $(find "$root" -printf '%G\n' | sort -u); do
  [ "$group" -lt "$first" ] || find "$root" -gid "$group" -exec chgrp -h $((group - first)) {} +
done
mount -t proc proc "$root/proc"

# An initrd with what a virtual machine needs; one with everything takes an emulated guest long to read.
printf '%s\n' virtio_pci virtio_blk ext4 >"$root/etc/initramfs-tools/modules"
echo MODULES=list >"$root/etc/initramfs-tools/conf.d/halab-test"
chroot "$root" update-initramfs -c -k all
chroot "$root" systemctl enable systemd-networkd ssh

kernel=$(basename "$root"/boot/vmlinuz-*)
cat >"$root/early.cfg" <<END
set root=(hd0,msdos1)
linux /boot/$kernel root=/dev/vda1 rw quiet console=ttyS0
initrd /boot/initrd.img-${kernel#vmlinuz-}
boot
END
chroot "$root" grub-mkimage --format=i386-pc --prefix=/boot/grub --config=/early.cfg --output=/core.img \
  biosdisk part_msdos ext2 linux boot
rm -rf "$root/early.cfg" "$root/var/cache/apt" "$root/var/lib/apt/lists"
