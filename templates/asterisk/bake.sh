#!/bin/sh
# Run during the image build: Asterisk does not start before the set-up.
set -eu
systemctl --quiet disable asterisk.service
