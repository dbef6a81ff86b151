set -eu
# The database was made with the image; it is in its place by being renamed.
mkdir -p /srv/data
[ -e /srv/data/mysql ] || mv /usr/share/halab/data/mysql /srv/data/mysql
# As "systemctl enable", without making systemd reload all units.
units=/etc/systemd/system/multi-user.target.wants
ln -sf /lib/systemd/system/apache2.service /lib/systemd/system/mariadb.service "$units/"
systemctl start --no-block mariadb.service apache2.service
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
