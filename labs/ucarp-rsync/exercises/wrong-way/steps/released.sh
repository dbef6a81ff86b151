# This node has not the address any more.
set -eu
while ip -4 -o addr show | grep -q 'inet 192\.168\.130\.100/'; do
    sleep 1
done
