set -u
device={{ node.nics[param.address.network].device }}
ip={{ param.address.ip }}
until [ -n "$(ip -4 -o addr show dev "$device" to "$ip/32")" ]; do
    sleep 1
done
