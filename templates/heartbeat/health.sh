set -u
cd /etc/ha.d/resource.d || exit 1

members() {
    for member in{% for member in nodes %} {{ member.name }}{% endfor %}; do
        [ "$(cl_status nodestatus "$member")" = active ] || return 1
    done
}
{%- if param.auto_failback and node.name == nodes[0].name %}

device={{ node.nics[param.address.network].device }}
ip={{ param.address.ip }}
address() {
    [ -n "$(ip -4 -o addr show dev "$device" to "$ip/32")" ]
}
{%- endif %}

# Nothing is being taken over or released, and the first resource and the address, between which all others start,
# agree on whether this node holds them.
settled() {
    case $(cl_status rscstatus) in
    all | local | foreign | none) ;;
    *) return 1 ;;
    esac
{%- if resources %}
    first=$({% for word in resources | first | split(pat="::") %}{% if loop.first %}./{% else %} {% endif %}{{ word }}{% endfor %} status)
{%- else %}
    first=$(./address {{ param.address.ip }}/{{ param.address.prefix }}/{{ node.nics[param.address.network].device }} status)
{%- endif %}
    last=$(./address {{ param.address.ip }}/{{ param.address.prefix }}/{{ node.nics[param.address.network].device }} status)
    case $first:$last in
    running*:running*) holds=yes ;;
    running*:* | *:running*) return 1 ;;
    *) holds=no ;;
    esac
}

# The cheapest question first: it is asked again and again while the node takes the resources up.
healthy() {
    {% if param.auto_failback and node.name == nodes[0].name %}address && {% endif %}members && settled{% if param.auto_failback %} && [ "$holds" = {% if node.name == nodes[0].name %}yes{% else %}no{% endif %} ]{% endif %}
} 2>/dev/null

healthy && exit 0

# Whatever changes is in the log. The last word may come a moment before the change, so it is looked again each second.
# Opened for both ends, the pipe never ends.
events=$(mktemp -u)
mkfifo "$events"
exec 3<>"$events"
# For writing only: the tail of Debian 11 takes a pipe that it could read from for one that nobody reads.
tail -n 0 -F /var/log/ha-log >"$events" 2>/dev/null &
follower=$!
while sleep 1; do echo tick; done >&3 2>/dev/null &
ticker=$!
trap 'kill "$follower" "$ticker"; rm -f "$events"' EXIT
until healthy; do
    # Each look costs the node time that it needs for its services: not after every one of them.
    while read -r line <&3; do
        case $line in
        tick | *heartbeat:* | *"mark address-"*) break ;;
        esac
    done
done
