#!/bin/sh
# Looks for inputs that break a parser of foreign bytes: for each parser in turn (or for those that are named), a run of
# libFuzzer that its coverage guides. Seconds for each: HALAB_FUZZ_SECONDS (default 60).
#
# What it learns stays in target/fuzz/corpus/<name>/ for the next run. An input that breaks a parser is kept in
# target/fuzz/broken/<name>/; when the parser is fixed, put it into tests/corpus/<name>/.
set -eu

seconds=${HALAB_FUZZ_SECONDS:-60}
triple=x86_64-unknown-linux-gnu
work=$PWD/target/fuzz
# What cargo-fuzz passes without a sanitizer; our code is safe Rust, and the stable compiler has no other.
flags="--cfg=fuzzing -Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags="$flags -Cllvm-args=-sanitizer-coverage-$option"
done
CARGO_TARGET_DIR=$work RUSTFLAGS=$flags \
  scripts/cargo.sh build --release --locked --manifest-path fuzz/Cargo.toml --target "$triple"
program=$work/$triple/release/halab-fuzz

failed=
[ $# -gt 0 ] || set -- $(cd tests/corpus && ls)
printf '%-14s %9s %9s %9s %9s  %s\n' parser inputs branches kept peak-MB result
for name; do
  known=$work/corpus/$name
  broken=$work/broken/$name
  mkdir -p "$known" "$broken"
  result=ok
  HALAB_FUZZ=$name "$program" "$known" "tests/corpus/$name" -artifact_prefix="$broken/" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=2048 -max_len=32768 -print_final_stats=1 -verbosity=1 >"$work/$name.log" 2>&1 || result=BROKEN
  [ "$result" = ok ] || failed="$failed $name"
  value() { sed -n "s/^stat::$1: *//p" "$work/$name.log" | tail -n 1; }
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/$name.log" | tail -n 1)
  printf '%-14s %9s %9s %9s %9s  %s\n' "$name" "$(value number_of_executed_units)" "$covered" "$(ls "$known" | wc -l)" \
    "$(value peak_rss_mb)" "$result"
done
[ -z "$failed" ] || { echo "broken:$failed (see target/fuzz/broken/ and the logs in target/fuzz/)" >&2; exit 1; }
