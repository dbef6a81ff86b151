set -eu
healthy() {
    [ "$(drbdadm cstate r0)" = Connected ] && [ "$(drbdadm dstate r0)" = UpToDate/UpToDate ]
}

# Each change of the resource is a line of events2; the stream is opened before the first look, so that no change
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
