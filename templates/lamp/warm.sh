#!/bin/sh
# Reads what a takeover will need into memory while nothing is at stake: a node that stands by has never run any of
# it, and would read it from the disk when every tenth of a second counts.
/usr/sbin/mariadbd --no-defaults --verbose --help >/dev/null 2>&1
for tool in /usr/sbin/arping /usr/sbin/drbdadm /usr/sbin/drbdsetup /usr/lib/drbd/drbdadm-84 /usr/lib/drbd/drbdsetup-84; do
    [ ! -e "$tool" ] || cat "$tool" >/dev/null
done
{%- if param.web_server == "always" %}
# Every worker of Apache runs a page once; on a node that stands by it answers that there is no database.
for _ in $(seq {{ param.workers }}); do
    curl -s -o /dev/null http://127.0.0.1/standby/health.php &
done
wait
{%- endif %}
