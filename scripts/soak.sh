#!/bin/sh
# What is too long for the tests: what drbd-heartbeat is worth, measured at length. It takes some hours. Each part is a
# record of its own; what failed is told at the end, and one part that fails is no reason to leave the others.
set -u

lab=${LAB_BINARY:-target/release/lab}
[ "$(id -u)" = 0 ] || { echo "guests need root: sudo make soak" >&2; exit 1; }
instance=soak
failed=
# A part that is stopped leaves nothing standing.
trap 'exit 130' INT TERM
trap '"$lab" down --quiet "$instance" >/dev/null 2>&1 || :' EXIT

part() {
  printf '\n\033[1m$ %s\033[0m\n' "lab $*"
  "$lab" "$@" || failed="$failed
  lab $* (status $?)"
}

# Ten failovers and failbacks, with the settings of the paper and with our own.
for profile in paper tuned; do
  part up drbd-heartbeat --as "$instance" --set profile=$profile
  part drill run power-cut --lab "$instance" --repeat 10
  part down "$instance"
done

# Half an hour in which nobody may take over, and the paper's tables of synchronisation.
part up drbd-heartbeat --as "$instance"
part drill soak power-cut --lab "$instance" --for 30m
part drill run synchronisation --lab "$instance"
part down "$instance"

# How short can the deadtime be?
part drill sweep power-cut drbd-heartbeat --as "$instance" --repeat 10 --soak 10m

[ -z "$failed" ] || { printf '\nnot all went well:%s\n' "$failed"; exit 1; }
