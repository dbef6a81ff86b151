set -eu
# From /proc/drbd: no program to start.
healthy() {
    while read -r minor connection _ states _; do
        [ "$minor" != 0: ] || break
    done </proc/drbd
    [ "$connection:$states" = cs:Connected:ds:UpToDate/UpToDate ]
}

healthy && exit 0

# Each change of the resource is a line of events2; the stream is opened before the next look, so that no change
# falls between the two.
events=$(mktemp -u)
mkfifo "$events"
drbdsetup events2 >"$events" &
follower=$!
trap 'kill "$follower"; rm -f "$events"' EXIT
exec 3<"$events"
until healthy; do
    read -r _ <&3
done
