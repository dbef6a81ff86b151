set -eu
mkdir -p /var/lib/halab
changed=no

# Starts a service, or restarts it if one of its files has changed since the last set-up.
bring() {
    unit=$1
    shift
    digest=$(cat "$@" | sha256sum)
    stamp=/var/lib/halab/$unit.digest
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$digest" ]; then
        [ "$changed" = yes ] || systemctl daemon-reload
        changed=yes
        systemctl restart "$unit"
    else
        systemctl start "$unit"
    fi
    echo "$digest" >"$stamp"
}

bring mariadb.service /etc/mysql/mariadb.conf.d/9*.cnf /etc/systemd/system/mariadb.service.d/*.conf
bring apache2.service /etc/apache2/sites-available/000-default.conf /etc/apache2/mods-available/mpm_prefork.conf \
    /etc/systemd/system/apache2.service.d/*.conf
sync >/dev/null 2>&1 &
