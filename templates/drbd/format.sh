set -eu
disk={{ node.disks[param.disk].device }}
drbdadm wait-connect r0

# Both disks came into being as zeros, so they are equal, and there is nothing to copy. DRBD cannot know that: it
# says Inconsistent on both sides, which it never says of disks that were in use.
if [ "$(drbdadm dstate r0)" = Inconsistent/Inconsistent ]; then
    drbdadm new-current-uuid --clear-bitmap r0/0
fi

# The data begin where the disk under DRBD begins, so ext4 is told by its magic number there, whatever role
# the node is in.
magic=$(dd if="$disk" bs=2 skip=540 count=1 2>/dev/null | od -An -tx2 | tr -d ' ')
if [ "$magic" != ef53 ] && [ "$(drbdadm role r0)" = Secondary/Secondary ]; then
    drbdadm primary r0
    mkfs.ext4 -q -m 0 -L data -E lazy_itable_init=1,lazy_journal_init=1,nodiscard /dev/drbd0
    drbdadm secondary r0
fi
