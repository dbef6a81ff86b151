set -u
device={{ node.nics[param.address.network].device }}
ip={{ param.address.ip }}

# UCARP runs, and the address is where it says that it is the holder.
healthy() {
    systemctl --quiet is-active ucarp.service || return 1
    held=$(ip -4 -o addr show dev "$device" to "$ip/32")
    if [ -e /run/ucarp-holder ]; then role=holder; else role=backup; fi
    case "$role:$held" in
{%- if not param.auto_failback %}
    holder:?* | backup:) ;;
{%- elif node.name == nodes[0].name %}
    holder:?*) ;;
{%- else %}
    backup:) ;;
{%- endif %}
    *) return 1 ;;
    esac
} 2>/dev/null

healthy && exit 0

# Its scripts log every change. Opened for both ends, the pipe never ends; the tick covers what is not logged.
events=$(mktemp -u)
mkfifo "$events"
exec 3<>"$events"
# For writing only: with a pipe open for reading too, Debian 11's tail assumes that it has no reader.
tail -n 0 -F /var/log/ha-log >"$events" 2>/dev/null &
follower=$!
while sleep 1; do echo tick; done >&3 2>/dev/null &
ticker=$!
trap 'kill "$follower" "$ticker"; rm -f "$events"' EXIT
until healthy; do
    read -r _ <&3
done
