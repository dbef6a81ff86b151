set -eu
modprobe drbd
drbdadm up r0
drbdadm wait-connect r0
drbdsetup wait-sync 0
