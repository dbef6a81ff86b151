#!/bin/bash
peer={{ peers[0].nics[param.network].ip }}
{%- if param.method == "pull-each-minute" %}
# Run by cron on the second node: fetches what the first has. Whoever is served from, this is the direction: when the
# first comes back from a failure, its old files replace the newer ones here.
rsync --archive --timeout=20 "rsync://$peer/data/www/" /srv/data/www/
{%- if param.copy_database %}
# The files of a database that is being written to, one after the other.
mkdir -p /srv/data/mysql-copy
rsync --archive --delete --timeout=20 "rsync://$peer/data/mysql/" /srv/data/mysql-copy/
{%- endif %}
sync
{%- else %}
# Runs while this node holds the address: sends everything once, and from then on what changes.

# Where the other keeps what it alone had, when it is heard of for the first time or again: it may be what a visitor was
# promised before a failure. Nothing when all that it has came from here.
aside=(--backup --backup-dir="/set-aside/$(date +%s)")

push() {
    # What upload.php waits for: how much of the file is on both nodes, or that the other is away.
    size=$(stat -c %s /srv/data/www/uploads/ledger.txt)
    until rsync --archive --delete --fsync --timeout=5 --contimeout=2 --exclude='.*' \
        "${aside[@]}" /srv/data/www/ "rsync://$peer/data/www/"; do
        # Its return is not announced.
        echo away >/run/filesync
        aside=(--backup --backup-dir="/set-aside/$(date +%s)")
        sleep 1
    done
    aside=()
    echo "$size" >/run/filesync
}

# Watched before the first look, so that nothing falls between.
coproc inotifywait --quiet --monitor --recursive --event close_write,create,moved_to,delete /srv/data/www
push
while read -r _ <&"${COPROC[0]}"; do
    # What has changed meanwhile goes with it.
    while read -r -t 0.05 _ <&"${COPROC[0]}"; do :; done
    push
done
{%- endif %}
