#!/bin/sh
# Run in the image while it is built: UCARP starts once the set-up has started it, and not with an interface.
set -eu
rm -f /etc/network/if-up.d/ucarp /etc/network/if-down.d/ucarp
# A package that it depends on, ifupdown, would start a program for every interface that appears.
ln -sf /dev/null /etc/udev/rules.d/80-ifupdown.rules
mkdir -p /etc/ucarp/role.d
