#!/bin/sh
# database start|stop|status: MariaDB as a Heartbeat resource.
. /etc/ha.d/mark

case $1 in
start)
    systemctl start mariadb.service || exit 1
    mark database-up
    ;;
stop)
    # Ignoring dependencies: at shutdown, systemd's own stop job waits for Heartbeat to stop, and Heartbeat for this.
    systemctl stop --job-mode=ignore-dependencies mariadb.service || exit 1
    mark database-down
    ;;
status)
    # Without a program to start: this is asked in the middle of every takeover.
    if read -r pid </run/mysqld/mysqld.pid && kill -0 "$pid"; then echo running; else echo stopped; fi 2>/dev/null
    ;;
*)
    echo "usage: $0 start|stop|status" >&2
    exit 2
    ;;
esac
