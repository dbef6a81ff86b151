set -eu
# Whole files at once, so that no request sees half of one.
pages() {
    for page in /usr/share/halab/data/www/*; do
        name=${page##*/}
        if ! cmp -s "$page" "/srv/data/www/$name"; then
            cp "$page" "/srv/data/www/.$name"
            mv "/srv/data/www/.$name" "/srv/data/www/$name"
        fi
    done
}

# The roles of both nodes, from /proc/drbd: no program to start.
while read -r minor _ roles _; do
    [ "$minor" != 0: ] || break
done </proc/drbd
case $roles in
ro:Primary/*)
    pages
    ;;
{%- if node.name == nodes[1].name %}
ro:Secondary/Secondary)
    # The file system was made a moment ago, on this node, with all that it needs.
    if [ -e /run/halab-data-complete ]; then
        rm -f /run/halab-data-complete
        exit 0
    fi
    # No node holds the disk; but if the cluster manager is running, one is about to.
    if systemctl --quiet is-active heartbeat.service; then
        exit 0
    fi
    drbdadm primary r0
    mount -t ext4 -o noatime /dev/drbd0 /srv/data
    if [ ! -e /srv/data/mysql/mysql ]; then
        cp -a /usr/share/halab/data/mysql /usr/share/halab/data/www /srv/data/
    fi
    pages
    umount /srv/data
    drbdadm secondary r0
    ;;
{%- endif %}
esac
