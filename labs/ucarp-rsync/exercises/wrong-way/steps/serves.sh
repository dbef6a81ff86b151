# This node has the address, and answers.
set -eu
until ip -4 -o addr show | grep -q 'inet 192\.168\.130\.100/' &&
    curl -fsS -m 5 http://127.0.0.1/health.php | grep -q 'database ok'; do
    sleep 1
done
