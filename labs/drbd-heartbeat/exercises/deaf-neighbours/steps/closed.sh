# Whether a packet from outside to a port that serves nothing still gets no answer. It is sent from a network of its own
# beside the node; without the firewall the node would refuse it at once.
set -eu
ip netns add street
trap 'ip netns del street' EXIT
ip link add gate type veth peer name door netns street
ip addr add 192.0.2.1/24 dev gate
ip link set gate up
ip -n street addr add 192.0.2.2/24 dev door
ip -n street link set door up
ask() {
    timeout 5 ip netns exec street bash -c "</dev/tcp/192.0.2.1/$1" 2>/dev/null
}
# The way there works.
ask 22
status=0
ask 9100 || status=$?
[ "$status" = 124 ]
