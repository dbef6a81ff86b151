set -eu
resource=r{{ use.index }}
own={{ use.index }}:
device=/dev/drbd{{ use.index }}
disk={{ node.disks[param.disk].device }}
drbdadm wait-connect "$resource"

# The state of the resource, from /proc/drbd, without starting a program.
look() {
    while read -r minor _ roles states _; do
        [ "$minor" != "$own" ] || return 0
    done </proc/drbd
}

# Both disks were created with zeros, so they are equal and need no initial synchronisation. DRBD does not know that: it
# reports Inconsistent on both sides, which it never does for disks that were in use.
look
if [ "$states" = ds:Inconsistent/Inconsistent ]; then
    drbdadm new-current-uuid --clear-bitmap "$resource/0"
fi

# The data begin at the start of the backing disk, so ext4 can be recognised by its magic number there, in any role of
# the node.
magic=$(od -An -tx2 -j 1080 -N 2 "$disk")
if [ "$magic" != " ef53" ] && [ "$roles" = ro:Secondary/Secondary ]; then
    drbdadm primary "$resource"
{%- if param.folder == "/srv/data" %}
    # It is filled with the files that other stacks have put into this folder, without being mounted.
    mkfs.ext4 -q -m 0 -L {{ param.disk }} -E lazy_itable_init=1,lazy_journal_init=1,nodiscard \
        -d /usr/share/halab/data "$device"
{%- else %}
    mkfs.ext4 -q -m 0 -L {{ param.disk }} -E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$device"
{%- endif %}
    drbdadm secondary "$resource"
    # An overloaded machine can lose the connection while the file system is made (ping-timeout). The peer would then start
    # with its blank disk, so it has to be connected and up to date first.
    look
    until [ "$states" = ds:UpToDate/UpToDate ]; do
        drbdadm wait-connect "$resource"
        sleep 0.1
        look
    done
{%- if param.folder == "/srv/data" %}
    # Reports possible gaps in the content.
    : >/run/halab-data-complete
{%- endif %}
fi
