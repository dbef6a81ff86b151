#!/bin/sh
# Run in the image while it is built. DRBD comes up through drbd-boot.service, which is enabled once there is
# something to bring up; the package's own units stay off, and so does every service that a cluster manager starts.
set -eu
for unit in drbd.service drbd-wait-promotable@.service; do
    systemctl --quiet disable "$unit"
done
# Checks of file systems on LVM, which no guest has.
systemctl --quiet disable e2scrub_all.timer e2scrub_reap.service
# Names of devices by resource, which nothing here uses: at every change of a role, that of a takeover too, udev would
# ask DRBD's tools for them first.
ln -s /dev/null /etc/udev/rules.d/65-drbd.rules
mkdir -p /srv/data
# The mirrored file system is made with what is in here: other stacks put there what it shall begin with.
mkdir -p /usr/share/halab/data
