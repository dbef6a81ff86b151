# What the other server has logged so far is either here already, or will be written again. A position names the last
# change of each server, also of this one.
set -eu
{
    read -r peer
    read -r password
} </etc/mysql/peer
own=$(mariadb --batch --skip-column-names -e 'SELECT @@gtid_binlog_pos')
place=$(mariadb --host="$peer" --user=replica --password="$password" --batch --skip-column-names \
    -e 'SELECT @@gtid_binlog_pos')
mariadb -e "STOP SLAVE; SET GLOBAL gtid_slave_pos = '$own,$place'; START SLAVE"
sync
