# The other node has booted as far as its log-in.
set -eu
until timeout 2 bash -c "</dev/tcp/$node/22" 2>/dev/null; do
    sleep 1
done
sleep 5
