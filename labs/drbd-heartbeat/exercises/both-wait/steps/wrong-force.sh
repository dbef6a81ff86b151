set -eu
drbdadm primary --force r0
/etc/ha.d/resource.d/services start
sync
