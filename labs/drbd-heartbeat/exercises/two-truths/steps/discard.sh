# This disk takes over what the other one has.
set -eu
drbdadm disconnect r0 2>/dev/null || :
drbdadm secondary r0
drbdadm connect --discard-my-data r0
