set -u
cd /etc/ha.d/resource.d || exit 1

# Heartbeat looks for questions only when something else wakes it, such as a packet of its peer: each answer takes a third of a second,
# and nobody works meanwhile. A child that is said to have ended wakes it too, and does no harm.
wake() {
    read -r heartbeat </run/heartbeat.pid
    while kill -CHLD "$heartbeat"; do sleep 0.05; done
}

# Heartbeat's word on the other nodes, and on whether it is taking over or releasing anything: asked at the same time, and
# told apart by what they can be.
members() {
    active=0
    stable=no
    wake >/dev/null &
    waker=$!
    for word in $({% for peer in peers %}cl_status nodestatus {{ peer.name }} & {% endfor %}cl_status rscstatus & wait); do
        case $word in
        active) active=$((active + 1)) ;;
        all | local | foreign | none) stable=yes ;;
        esac
    done
    kill "$waker"
    [ "$active:$stable" = {{ peers | length }}:yes ]
}

# From the kernel's own list, an address on a line and what it is on the next: `ip` takes longer to start than all else here.
ip={{ param.address.ip }}
address() {
    listed=
    while read -r word rest; do
        case "$word $rest" in
        "|-- $ip") listed=yes ;;
        "/32 host LOCAL") [ -z "$listed" ] || return 0 ;;
        *) listed= ;;
        esac
    done </proc/net/fib_trie
    return 1
}
{%- if resources %}

# Whether this node holds the first resource. All others start between that one and the address.
held() {
    case $({% for word in resources | first | split(pat="::") %}{% if loop.first %}./{% else %} {% endif %}{{ word }}{% endfor %} status) in
    running*) ;;
    *) return 1 ;;
    esac
}
{%- else %}

held() {
    address
}
{%- endif %}

# Both nodes are there, nothing is being taken over or released, and first and last agree on who holds the resources. The cheapest
# question first: it is asked again and again while the node takes them up.
healthy() {
{%- if param.auto_failback and node.name == nodes[0].name %}
    address && members && held
{%- elif param.auto_failback %}
    members && ! held && ! address
{%- else %}
    members && if held; then address; else ! address; fi
{%- endif %}
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
