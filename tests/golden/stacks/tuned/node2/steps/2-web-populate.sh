set -eu
# Apache does not need its pages to start: it comes up while the disk is prepared, and with every boot from now on.
# (The link is what "systemctl enable" makes, without the daemon reading all units again.)
ln -sf /lib/systemd/system/apache2.service /etc/systemd/system/multi-user.target.wants/
systemctl start --no-block apache2.service
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
