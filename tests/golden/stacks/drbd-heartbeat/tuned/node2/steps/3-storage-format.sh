set -eu
disk=/dev/vdb
drbdadm wait-connect r0

# What DRBD says of the resource, from /proc/drbd: no program to start.
look() {
    while read -r minor _ roles states _; do
        [ "$minor" != 0: ] || return 0
    done </proc/drbd
}

# Both disks came into being as zeros, so they are equal, and there is nothing to copy. DRBD cannot know that: it
# says Inconsistent on both sides, which it never says of disks that were in use.
look
if [ "$states" = ds:Inconsistent/Inconsistent ]; then
    drbdadm new-current-uuid --clear-bitmap r0/0
fi

# The data begin where the disk under DRBD begins, so ext4 is told by its magic number there, whatever role
# the node is in.
magic=$(od -An -tx2 -j 1080 -N 2 "$disk")
if [ "$magic" != " ef53" ] && [ "$roles" = ro:Secondary/Secondary ]; then
    drbdadm primary r0
    # It begins with what other stacks have put into this folder; so it does not have to be mounted for that.
    mkfs.ext4 -q -m 0 -L data -E lazy_itable_init=1,lazy_journal_init=1,nodiscard \
        -d /usr/share/halab/data /dev/drbd0
    drbdadm secondary r0
    # So that nobody looks in vain for what may be missing.
    : >/run/halab-data-complete
fi
