#!/bin/sh
# Run in the image while it is built: nothing of Heartbeat starts before the set-up has started it.
set -eu
systemctl --quiet disable heartbeat.service logd.service
