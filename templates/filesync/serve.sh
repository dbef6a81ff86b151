set -eu
mkdir -p /srv/data/www/uploads
[ -e /srv/data/www/uploads/ledger.txt ] || : >/srv/data/www/uploads/ledger.txt
chown -R www-data:www-data /srv/data/www/uploads
ln -sf /lib/systemd/system/rsync.service /etc/systemd/system/multi-user.target.wants/
systemctl restart --no-block rsync.service
{%- if param.method == "pull-each-minute" %}
systemctl stop filesync.service
ln -sf /lib/systemd/system/cron.service /etc/systemd/system/multi-user.target.wants/
systemctl start --no-block cron.service
{%- elif param.method == "push-changes" %}
# It may hold the address already, and send with other settings, or not at all.
/etc/ucarp/role.d/filesync
{%- endif %}
sync >/dev/null 2>&1 &
