#!/bin/bash
peer={{ peers[0].nics[param.network].ip }}
{%- if param.method == "pull-each-minute" %}
# Run by cron on the second node: fetches the files of the first, regardless of which node serves: when the first comes
# back from a failure, its old files overwrite the newer ones here.
rsync --archive --timeout=20 "rsync://$peer/data/www/" /srv/data/www/
{%- if param.copy_database %}
# The files of a database that is being written to, one after the other.
mkdir -p /srv/data/mysql-copy
rsync --archive --delete --timeout=20 "rsync://$peer/data/mysql/" /srv/data/mysql-copy/
{%- endif %}
sync
{%- else %}
# Runs while this node holds the address: sends everything once, and from then on what changes.

# Since when it holds the address. It may lose it and get it again during a copy; then this restarts.
read -r hold </run/ucarp-holder || exit 0

still_holder() {
    local now
    read -r now </run/ucarp-holder && [ "$now" = "$hold" ]
} 2>/dev/null

# Tells upload.php what is on the other node: how much of the file, or `away`, or `held` where the other holds the address too.
tell() {
    still_holder || exit 0
    echo "$hold $1" >/run/filesync
}

# From here on the daemon takes nothing from the other node (rsyncd.conf). A copy that it is just receiving ends here, or it
# would replace files that visitors write to by now. The daemon itself leads its session.
procs=/sys/fs/cgroup/system.slice/rsync.service/cgroup.procs
receiving=yes
while [ "$receiving" = yes ]; do
    receiving=no
    while read -r pid; do
        read -r _ _ _ _ _ session _ <"/proc/$pid/stat" || continue
        if [ "$session" != "$pid" ]; then
            kill -KILL "$pid"
            receiving=yes
        fi
    done <"$procs"
done 2>/dev/null
tell 0

# The folder for files that only the other node has when contact with it is established: they may contain acknowledged
# writes from before a failure. Empty when all its files came from here.
aside=(--backup --backup-dir="/set-aside/$(date +%s)")

push() {
    local size said
    size=$(stat -c %s /srv/data/www/uploads/ledger.txt)
    until said=$(rsync --archive --delete --fsync --timeout=5 --contimeout=2 --exclude='.*' --exclude='*.halab' \
        "${aside[@]}" /srv/data/www/ "rsync://$peer/copy/www/" 2>&1); do
        # Only a node that does not take a connection is away. One that is slow, or breaks a connection off, is asked again. The
        # exit status does not tell these apart in every version.
        case $said in
        *"pre-xfer exec returned failure"*) tell held ;;
        *"failed to connect to"* | *"timeout waiting for daemon connection"*) tell away ;;
        esac
        echo "$said" >&2
        # Its return is not announced.
        aside=(--backup --backup-dir="/set-aside/$(date +%s)")
        sleep 1
        still_holder || exit 0
        size=$(stat -c %s /srv/data/www/uploads/ledger.txt)
    done
    aside=()
    tell "$size"
}

# Watched before the first look, so that nothing falls between.
coproc inotifywait --quiet --monitor --recursive --event close_write,create,moved_to,delete /srv/data/www
push
while read -r _ <&"${COPROC[0]}"; do
    # What has changed meanwhile goes with it.
    while read -r -t 0.05 _ <&"${COPROC[0]}"; do :; done
    still_holder || exit 0
    push
done
{%- endif %}
