set -eu
units=/etc/systemd/system/multi-user.target.wants
{%- if param.web_server == "always" %}
# As "systemctl enable", without making systemd reload all units.
ln -sf /lib/systemd/system/apache2.service /etc/systemd/system/lamp-warm.service "$units/"
{%- else %}
rm -f "$units/apache2.service"
ln -sf /etc/systemd/system/lamp-warm.service "$units/"
{%- endif %}

# Which of them has other files than at the last set-up; at the first one, both start with them.
# shellcheck disable=SC2046
set -- $(sha256sum /etc/apache2/sites-available/000-default.conf /etc/apache2/mods-available/mpm_prefork.conf \
    /etc/mysql/mariadb.conf.d/90-halab.cnf /etc/systemd/system/mariadb.service.d/halab.conf \
    /etc/systemd/system/apache2.service.d/halab.conf)
apache=$1$3$9
mariadb=$5$7
stamp=/var/lib/halab/lamp.digest
apache_before=$apache
mariadb_before=$mariadb
[ ! -e "$stamp" ] || read -r apache_before mariadb_before <"$stamp"
echo "$apache $mariadb" >"$stamp"

if [ "$apache" != "$apache_before" ]; then
    # The number of workers is read at a restart only.
    systemctl daemon-reload
    systemctl {% if param.web_server == "always" %}restart{% else %}try-restart{% endif %} apache2.service
{%- if param.web_server == "always" and node.name != nodes[0].name %}
else
    systemctl start --no-block apache2.service
{%- endif %}
fi
{%- if param.web_server == "takeover" %}
# It may have run on both nodes until now.
if ! mountpoint -q /srv/data; then
    systemctl stop apache2.service
fi
{%- endif %}
if [ "$mariadb" != "$mariadb_before" ]; then
    systemctl daemon-reload
    systemctl try-restart mariadb.service
fi
{%- if node.name != nodes[0].name %}
# The preferred node reads all of it by itself: it starts the services.
systemctl start --no-block lamp-warm.service
{%- endif %}
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
