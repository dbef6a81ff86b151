#!/bin/sh
# Tests the HTTP interface of `lab serve` against its own description (OpenAPI) with schemathesis, which it installs into
# target/. The server has simulated guests.
set -eu

lab=${LAB:-target/debug/lab}
tools=target/schemathesis
[ -x $tools/bin/schemathesis ] || {
  python3 -m venv $tools
  $tools/bin/pip --quiet --disable-pip-version-check install 'schemathesis==4.32.5'
}

state=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$state"' EXIT
trap 'exit 130' INT TERM
export HALAB_STATE="$state" HALAB_PROVIDER=sim
"$lab" --quiet up drbd-heartbeat
token=$("$lab" token create schemathesis --role administrator)
"$lab" serve --listen 127.0.0.1:0 >"$state/link" 2>/dev/null &
server=$!
while [ ! -s "$state/link" ]; do
  kill -0 "$server" || { echo "the server did not start" >&2; exit 1; }
  sleep 0.1
done
root=$(sed 's#/open.*##' "$state/link")

# Streams have no end.
$tools/bin/schemathesis run "$root/api/v1/openapi.json" --url "$root/api/v1" -H "Authorization: Bearer $token" \
  --max-examples "${EXAMPLES:-20}" --phases examples,coverage,fuzzing --suppress-health-check all \
  --exclude-path-regex '(live|events)$'
