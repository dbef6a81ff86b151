{%- if param.replicate -%}
peer={{ peers[0].name }}
mariadb --connect-timeout=2 --batch -e 'SHOW SLAVE STATUS\G' | {
    reads=No applies=No behind=NULL error=
    while read -r key value; do
        case $key in
        Slave_IO_Running:) reads=$value ;;
        Slave_SQL_Running:) applies=$value ;;
        Seconds_Behind_Master:) behind=$value ;;
        Last_SQL_Errno:) error=$value ;;
        esac
    done
    case $reads:$applies in
    Yes:Yes) echo "follows $peer, $behind s behind" ;;
    *:Yes) echo "does not hear $peer ($reads)" ;;
    *) echo "applies nothing of $peer, error $error" ;;
    esac
}
{%- else -%}
echo "follows no other"
{%- endif %}
