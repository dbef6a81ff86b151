#!/bin/sh
# Every test, those with real guests included. They are built as the person behind sudo and run as root.
set -eu

[ "$(id -u)" = 0 ] || { echo "the tests with real guests need root: sudo make test" >&2; exit 1; }
export HALAB_E2E=1

# cargo runs the tests itself where it is root already; otherwise the programs that it built are run one by one.
if [ -z "${SUDO_USER:-}" ] || [ "$SUDO_USER" = root ]; then
  exec scripts/cargo.sh test --locked --no-fail-fast
fi
scripts/cargo.sh test --locked --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | sort -u >target/test-programs
failed=0
while read -r program; do
  case "$program" in */deps/*) CARGO_MANIFEST_DIR=$PWD "$program" || failed=1 ;; esac
done <target/test-programs
exit "$failed"
