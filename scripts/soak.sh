#!/bin/sh
# Measurements of drbd-heartbeat that are too long for the tests; they take some hours. Each part has its own record. A
# failed part does not stop the others; failures are listed at the end.
set -u

lab=${LAB_BINARY:-target/release/lab}
[ "$(id -u)" = 0 ] || { echo "guests need root: sudo make soak" >&2; exit 1; }
instance=soak
failed=
# Take the lab down, also after an interruption.
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

# Half an hour without a fault, in which no takeover may happen, and the paper's tables of synchronisation.
part up drbd-heartbeat --as "$instance"
part drill soak power-cut --lab "$instance" --for 30m
part drill run synchronisation --lab "$instance"
part down "$instance"

# The sweep over the deadtime.
part drill sweep power-cut drbd-heartbeat --as "$instance" --repeat 10 --soak 10m

[ -z "$failed" ] || { printf '\nnot all went well:%s\n' "$failed"; exit 1; }
