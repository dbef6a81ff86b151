#!/bin/sh
# Run in the image while it is built: the daemon of rsync is started by the set-up.
set -eu
systemctl --quiet disable rsync.service
