#!/bin/sh
set -eu
echo "selamat datang" >/srv/data/www/greeting.txt
sync
