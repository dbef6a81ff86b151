set -eu
# On its very first start this node has to be there before the preferred one begins: that one says only once that it is
# starting, and nobody would answer.
[ ! -e /var/lib/heartbeat/halab-digest ] || exit 0
events=$(mktemp -u)
mkfifo "$events"
tail -n +1 -F /var/log/ha-log >"$events" 2>/dev/null &
follower=$!
trap 'kill "$follower" 2>/dev/null || :; rm -f "$events"' EXIT
timeout 30 grep -q -m 1 "Local status now set to: '\(up\|active\)'" <"$events"
