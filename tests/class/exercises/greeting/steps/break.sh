#!/bin/sh
set -eu
rm -f /srv/data/www/greeting.txt
echo closed >/etc/motd
sync
