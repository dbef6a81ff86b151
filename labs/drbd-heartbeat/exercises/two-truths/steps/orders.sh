# Orders of the counter beside this node: A at node1, B at node2. The node with more of them is no more right than the
# other. The last number is always the same, so that the counter can ask for it.
set -eu
case $(uname -n) in
node1) counter=A ;;
*) counter=B ;;
esac
begin=9
[ "$(uname -n)" != "$more" ] || begin=1
until curl -fsS -m 5 http://127.0.0.1/health.php | grep -q 'database ok'; do
    sleep 1
done
for number in $(seq "$begin" 14); do
    order=$counter$day-$number
    until curl -fsS -m 5 "http://127.0.0.1/append.php?id=$order" | grep -q "^ok $order"; do
        sleep 1
    done
done
