# From /proc/drbd, without starting a program: "Primary, UpToDate", and of a connection that is not just there how it is,
# or how far a resynchronisation is.
own={{ use.index }}:
while read -r minor connection roles disks _; do
    [ "$minor" = "$own" ] || continue
    roles=${roles#ro:} disks=${disks#ds:} done=
    while read -r first percent_of percent _; do
        # The next resource.
        case $first in [0-9]*:) break ;; esac
        [ "$percent_of" != "sync'ed:" ] || done=" $percent"
    done
    connection=${connection#cs:}
    [ "$connection" != Connected ] || connection=
    echo "${roles%%/*}, ${disks%%/*}${connection:+, $connection}$done"
done </proc/drbd
