# DRBD looks every second whether the other disk is there, and waits less than a second for it.
set -eu
file=/etc/drbd.d/global_common.conf
sed -i 's/^\( *\)timeout [0-9]*;/\1timeout 9;/; s/^\( *\)ping-timeout [0-9]*;/\1ping-timeout 9;/' "$file"
sed -i 's/^\( *\)ping-int [0-9]*;/\1ping-int 1;/; s/^\( *\)connect-int [0-9]*;/\1connect-int 1;/' "$file"
sync
drbdadm adjust r0
