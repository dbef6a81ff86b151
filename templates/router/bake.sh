#!/bin/sh
# Run in the image while it is built.
set -eu
systemctl --quiet enable nftables.service
