set -eu
units=/etc/systemd/system/multi-user.target.wants
rm -f "$units/apache2.service"
ln -sf /etc/systemd/system/lamp-warm.service "$units/"

# Which of them has other files than at the last set-up; at the first one, both start with them.
# shellcheck disable=SC2046
set -- $(sha256sum /etc/apache2/sites-available/000-default.conf /etc/apache2/mods-available/mpm_prefork.conf \
    /etc/mysql/mariadb.conf.d/90-halab.cnf /etc/systemd/system/mariadb.service.d/halab.conf)
apache=$1$3
mariadb=$5$7
stamp=/var/lib/halab/lamp.digest
apache_before=$apache
mariadb_before=$mariadb
[ ! -e "$stamp" ] || read -r apache_before mariadb_before <"$stamp"
echo "$apache $mariadb" >"$stamp"

if [ "$apache" != "$apache_before" ]; then
    # The number of workers is read at a restart only.
    systemctl try-restart apache2.service
fi
# It may have run on both nodes until now.
if ! mountpoint -q /srv/data; then
    systemctl stop apache2.service
fi
if [ "$mariadb" != "$mariadb_before" ]; then
    systemctl daemon-reload
    systemctl try-restart mariadb.service
fi
# On the disk soon, in case of a power cut; nobody has to wait for it.
sync >/dev/null 2>&1 &
