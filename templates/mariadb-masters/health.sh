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
    # A link whose other end went with its power still counts as running here, until its silence has lasted. So the other
    # one is to know of it, too.
    there=$(mariadb --host "$peer" --user replica --password="halab-$lab" --batch --skip-column-names \
        --connect-timeout=2 -e "SELECT CONCAT('at ', @@gtid_binlog_pos) FROM information_schema.processlist
            WHERE command = 'Binlog Dump' LIMIT 1") || return 1
    case $there in
    'at '*) ;;
    *) return 1 ;;
    esac
    [ "$(mariadb --batch --skip-column-names -e "SELECT MASTER_GTID_WAIT('${there#at }', 5)")" = 0 ]
} 2>/dev/null

# The database has no event for this that could be awaited.
until healthy; do
    sleep 1
done
{%- else -%}
# They do not follow each other.
exit 0
{% endif -%}
