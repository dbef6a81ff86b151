#!/bin/sh
set -eu
: >/srv/data/www/greeting.txt
sync
