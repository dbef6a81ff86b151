#!/bin/sh
# Run in the image while it is built: the set-up starts it.
set -eu
systemctl --quiet disable nginx.service
