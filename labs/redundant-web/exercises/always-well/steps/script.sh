# The exit status counts now, and takes less than the distance of the two priorities.
set -eu
sed -i 's/echo \([01]\) ;;/exit \1 ;;/' /usr/local/sbin/keepalived-check
sync
