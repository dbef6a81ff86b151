set -u
cd /etc/ha.d/resource.d || exit 1

# What Heartbeat said last of each other node (rc.d/status notes it), as long as it runs. It can be asked too (cl_status), but
# a node that was just restored translates programs for a quarter of a second then.
members() {
    heartbeat=
    # The number has no line end after it, so `read` says no.
    read -r heartbeat </run/heartbeat.pid
    [ "$heartbeat" ] && kill -0 "$heartbeat"{% for peer in peers %} &&
        read -r word </run/halab-node-{{ peer.name }} && [ "$word" = active ]{% endfor %}
}
{%- if not param.auto_failback %}

# Nothing is being taken over or released, in Heartbeat's own word. It looks for questions only when something else wakes it, such
# as a packet of its peer: each answer takes a third of a second. A child that is said to have ended wakes it too, and does no harm.
settled() {
    while kill -CHLD "$heartbeat"; do sleep 0.05; done >/dev/null &
    waker=$!
    word=$(cl_status rscstatus)
    kill "$waker"
    case $word in
    all | local | foreign | none) ;;
    *) return 1 ;;
    esac
}
{%- endif %}

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

# Whether this node holds the first resource. All others start between that one and the address. Its script is read, not
# started, as one that stops at no error.
held() {
    case $({% for word in resources | first | split(pat="::") %}{% if loop.first %}resource={{ word }}; set +eu --{% else %} {{ word }}{% endif %}{% endfor %} status; . "./$resource") in
    running*) ;;
    *) return 1 ;;
    esac
}
{%- else %}

held() {
    address
}
{%- endif %}

{%- if param.auto_failback %}

# Both nodes are there, and the {% if node.name == nodes[0].name %}resources are here, the first and the last{% else %}first and the last resource are not here{% endif %}. The cheapest question first: it is asked again
# and again while the node takes them up.
{%- else %}

# Both nodes are there, nothing is being taken over or released, and first and last agree on who holds the resources.
{%- endif %}
healthy() {
{%- if param.auto_failback and node.name == nodes[0].name %}
    address && members && held
{%- elif param.auto_failback %}
    members && ! held && ! address
{%- else %}
    members && settled && if held; then address; else ! address; fi
{%- endif %}
} 2>/dev/null

healthy && exit 0

# The log shows every change. Its last line may come just before the change, so the check is repeated every second.
# Opened for both ends, the pipe never ends.
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
    # Each look costs the node time that it needs for its services: not after every one of them.
    while read -r line <&3; do
        case $line in
        tick | *heartbeat:* | *"mark address-"* | *"halab: node "*) break ;;
        esac
    done
done
