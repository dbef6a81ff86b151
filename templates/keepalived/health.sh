set -u
device={{ node.nics[param.address.network].device }}
ip={{ param.address.ip }}
name={{ param.address.name }}
log=/var/log/ha-log

# keepalived runs, its last word on this address is not FAULT, and the address is here when and only when it says MASTER.
healthy() {
    [ -e /run/keepalived.pid ] || return 1
    # A power cut can leave zeros at the end of a file; -a makes grep still treat it as text.
    state=$(grep -a -o "($name) Entering [A-Z]* STATE" "$log" | tail -n 1)
    held=$(ip -4 -o addr show dev "$device" to "$ip/32")
    case "$state:$held" in
{%- if not param.auto_failback %}
    *MASTER*:?* | *BACKUP*:) ;;
{%- elif node.name == nodes[0].name %}
    *MASTER*:?*) ;;
{%- else %}
    *BACKUP*:) ;;
{%- endif %}
    *) return 1 ;;
    esac
} 2>/dev/null

healthy && exit 0

# The log shows every change of state. Opened for both ends, the pipe never ends; the tick covers what is not logged.
events=$(mktemp -u)
mkfifo "$events"
exec 3<>"$events"
# For writing only: with a pipe open for reading too, Debian 11's tail assumes that it has no reader.
tail -n 0 -F "$log" >"$events" 2>/dev/null &
follower=$!
while sleep 1; do echo tick; done >&3 2>/dev/null &
ticker=$!
trap 'kill "$follower" "$ticker"; rm -f "$events"' EXIT
until healthy; do
    read -r _ <&3
done
