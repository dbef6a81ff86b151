set -u
peer={{ peers[0].nics[param.network].ip }}

# What rsync would copy, if it were asked to: nothing but the uploads of this moment.
same() {
    different=$(rsync --archive --dry-run --itemize-changes --timeout=5 --contimeout=2 --exclude='.*' \
        --exclude=uploads "rsync://$peer/data/www/" /srv/data/www/) || return 1
    [ -z "$(printf '%s' "$different" | grep '^[<>c]')" ]
} 2>/dev/null

until same; do
    sleep 1
done
