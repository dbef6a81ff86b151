#!/bin/sh
# Runs every test, including those with real guests, and prints what each group cost. The tests are built as the user
# behind sudo and run as root. With the argument "full", also the whole matrix of labs, releases and profiles.
set -eu

[ "$(id -u)" = 0 ] || { echo "the tests with real guests need root: sudo make test" >&2; exit 1; }
which=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=0

# One line of the table: group, passed, failed, seconds.
line() { printf '%s %s %s %s\n' "$@" >>"$work/table"; }

# Sums the numbers before a word in the results of a log: 3 passed.
sum() { sed -n "s/^test result: .* \([0-9]*\) $1;.*/\1/p" "$work/log" | awk '{ n += $1 } END { print n + 0 }'; }

# Runs the programs of a group one after the other: group GROUP THREADS PROGRAM...
group() {
  name=$1
  threads=$2
  shift 2
  [ $# -gt 0 ] || return 0
  begin=$(date +%s)
  : >"$work/log"
  broken=0
  for program; do
    printf '\n\033[1m%s\033[0m\n' "$name: ${program##*/}"
    # The status of a pipe is that of its last command.
    {
      code=0
      "$program" --include-ignored --test-threads="$threads" 2>&1 || code=$?
      echo "$code" >"$work/status"
    } | tee -a "$work/log"
    [ "$(cat "$work/status")" = 0 ] || broken=$((broken + 1))
  done
  bad=$(sum failed)
  # A killed program prints no result.
  [ "$bad" -ge "$broken" ] || bad=$broken
  [ "$bad" = 0 ] || failed=1
  line "$name" "$(sum passed)" "$bad" $(($(date +%s) - begin))
}

# The program of each target, by its name.
begin=$(date +%s)
scripts/cargo.sh test --locked --no-run --message-format=json >"$work/built"
sed -n 's/.*"executable":"\([^"]*\/deps\/[^"]*\)".*/\1/p' "$work/built" | sort -u >"$work/programs"
line build 0 0 $(($(date +%s) - begin))
programs() { grep -E "/($1)-[0-9a-f]+\$" "$work/programs" || :; }

# The environment that cargo would set.
export CARGO_MANIFEST_DIR="$PWD" INSTA_WORKSPACE_ROOT="$PWD"

# shellcheck disable=SC2046
group quick "$(nproc)" $(grep -vE '/(drill|(e2e|full)_[a-z_]+)-[0-9a-f]+$' "$work/programs")
# These measure time, so they run one after another. They create network namespaces.
# shellcheck disable=SC2046
group timed 1 $(programs drill)
for program in $(programs 'e2e_[a-z_]+') $([ "$which" != full ] || programs 'full_[a-z_]+'); do
  target=${program##*/}
  # Guests need much memory: only one test at a time runs some.
  group "${target%-*}" 1 "$program"
done

printf '\n%-18s %6s %6s %6s %8s\n' group tests passed failed seconds
awk '{
  printf "%-18s %6d %6d %6d %8d\n", $1, $2 + $3, $2, $3, $4
  passed += $2; failed += $3; seconds += $4
} END { printf "%-18s %6d %6d %6d %8d\n", "all", passed + failed, passed, failed, seconds }' "$work/table"
exit "$failed"
