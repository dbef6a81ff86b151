set -u
ip={{ param.address.ip }}
# A neighbour that does not answer makes no event that could be awaited.
until ping -c 1 -W 1 "$ip" >/dev/null 2>&1; do
    sleep 1
done
