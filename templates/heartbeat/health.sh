set -u
cd /etc/ha.d/resource.d || exit 1

members() {
    for member in{% for member in nodes %} {{ member.name }}{% endfor %}; do
        [ "$(cl_status nodestatus "$member")" = active ] || return 1
    done
}

# Nothing is being taken over or released, and the first resource and the address, between which all others start,
# agree on whether this node holds them.
settled() {
    case $(cl_status rscstatus) in
    all | local | foreign | none) ;;
    *) return 1 ;;
    esac
    first=$({% for word in resources | first | split(pat="::") %}{% if loop.first %}./{% else %} {% endif %}{{ word }}{% endfor %} status)
    last=$(./address {{ param.address.ip }}/{{ param.address.prefix }}/{{ node.nics[param.address.network].device }} status)
    case $first:$last in
    running*:running*) holds=yes ;;
    running*:* | *:running*) return 1 ;;
    *) holds=no ;;
    esac
}

healthy() {
    members && settled{% if param.auto_failback %} && [ "$holds" = {% if node.name == nodes[0].name %}yes{% else %}no{% endif %} ]{% endif %}
} 2>/dev/null

# Whatever changes is in the log. The last word may come a moment before the change, so it is looked again each second.
events=$(mktemp -u)
mkfifo "$events"
tail -n 0 -F /var/log/ha-log >"$events" 2>/dev/null &
follower=$!
trap 'kill "$follower"; rm -f "$events"' EXIT
exec 3<"$events"
until healthy; do
    timeout 1 head -n 1 <&3 >/dev/null || :
done
