#!/bin/sh
# Run in the image while it is built. DRBD comes up through drbd-boot.service, which is enabled once there is
# something to bring up; the package's own units stay off, and so does every service that a cluster manager starts.
set -eu
for unit in drbd.service drbd-wait-promotable@.service; do
    systemctl --quiet disable "$unit"
done
mkdir -p /srv/data
