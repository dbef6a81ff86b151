#!/bin/sh
# Run in the image while it is built: Prosody starts once the set-up has started it.
set -eu
systemctl --quiet disable prosody.service
