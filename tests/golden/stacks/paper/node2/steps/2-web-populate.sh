set -eu
rm -f /etc/systemd/system/multi-user.target.wants/apache2.service
ln -sf /etc/systemd/system/lamp-warm.service /etc/systemd/system/multi-user.target.wants/

pages() {
    # Whole files at once, so that no request sees half of one.
    for page in /usr/share/halab/www/*; do
        name=${page##*/}
        if ! cmp -s "$page" "/srv/data/www/$name"; then
            cp "$page" "/srv/data/www/.$name"
            mv "/srv/data/www/.$name" "/srv/data/www/$name"
        fi
    done
}

case $(drbdadm role r0) in
Primary/*)
    pages
    ;;
esac
sync
