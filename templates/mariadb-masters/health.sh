{%- if param.replicate -%}
set -u
peer={{ peers[0].nics[param.network].ip }}
lab={{ lab.name }}

# Connected, nothing wrong, and at the place where the other one was a moment ago: it says itself where that is.
healthy() {
    mariadb --batch -e 'SHOW SLAVE STATUS\G' | {
        io=no sql=no
        while read -r key value; do
            case $key in
            Slave_IO_Running:) io=$value ;;
            Slave_SQL_Running:) sql=$value ;;
            esac
        done
        [ "$io:$sql" = Yes:Yes ]
    } || return 1
    there=$(mariadb --host "$peer" --user replica --password="halab-$lab" --batch --skip-column-names \
        --connect-timeout=2 -e 'SELECT @@gtid_binlog_pos') || return 1
    [ "$(mariadb --batch --skip-column-names -e "SELECT MASTER_GTID_WAIT('$there', 5)")" = 0 ]
} 2>/dev/null

# The database has no event for this that could be awaited.
until healthy; do
    sleep 1
done
{%- else -%}
# They do not follow each other.
exit 0
{% endif -%}
