set -eu
resource=r{{ use.index }}
own={{ use.index }}:
# From /proc/drbd, without starting a program.
healthy() {
    while read -r minor connection _ states _; do
        [ "$minor" != "$own" ] || break
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
    # DRBD does not retry a StandAlone connection. The resource also has no connection briefly while it is brought up.
    if [ "$connection" = cs:StandAlone ] && sleep 5 && ! healthy && [ "$connection" = cs:StandAlone ]; then
        echo "DRBD does not connect to its peer any more (StandAlone): the two disks have different histories."
        echo "To keep those of this node: drbdadm connect --discard-my-data $resource on the other one, drbdadm connect $resource here."
        exit 1
    fi
    read -r _ <&3
done
