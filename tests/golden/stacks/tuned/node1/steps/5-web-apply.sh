set -eu
folder=/var/lib/halab
mkdir -p "$folder"

# Whether a service's files are others than at the last set-up; at the first one, it has just started with them.
changed() {
    stamp=$folder/$1.digest
    shift
    digest=$(cat "$@" | sha256sum)
    before=$(cat "$stamp" 2>/dev/null || echo "$digest")
    echo "$digest" >"$stamp"
    [ "$before" != "$digest" ]
}

if changed apache2 /etc/apache2/sites-available/000-default.conf /etc/apache2/mods-available/mpm_prefork.conf &&
    systemctl --quiet is-active apache2.service; then
    # The number of workers is read at a restart only.
    systemctl restart apache2.service
fi
if changed mariadb /etc/mysql/mariadb.conf.d/90-halab.cnf /etc/systemd/system/mariadb.service.d/halab.conf &&
    systemctl --quiet is-active mariadb.service; then
    systemctl daemon-reload
    systemctl restart mariadb.service
fi
systemctl start --no-block lamp-warm.service
sync
