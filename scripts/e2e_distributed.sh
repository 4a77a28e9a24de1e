#!/bin/sh
# The demo on the distributed topology, without Docker: PostgreSQL and NATS from their wheels (or yours, by DATABASE_URL
# and NATS_URL) and one process per service, in a folder that is removed afterwards. Twice in one bac, then in two at once.
set -eu
cd "$(dirname "$0")/.."

bin=.venv/bin
data=$(mktemp -d "${TMPDIR:-/tmp}/bacasante-e2e-XXXXXX")
"$bin/bacasante" up --full --port 0 --data "$data" --quiet >"$data/up.log" 2>&1 &
suite=$!

finish() {
  code=$?
  kill "$suite" 2>/dev/null || true
  wait "$suite" 2>/dev/null || true
  "$bin/bacasante" down --data "$data" >/dev/null 2>&1 || true
  if [ "$code" -ne 0 ]; then
    echo "--- what the suite wrote"
    tail -n 40 "$data/up.log" "$data"/logs/*.log 2>/dev/null || true
  fi
  rm -rf "$data"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

url=
tries=0
while [ -z "$url" ]; do
  url=$(sed -n 's/^ready in [0-9.]* s: \([^ ]*\) .*/\1/p' "$data/up.log")
  kill -0 "$suite" 2>/dev/null || { echo "the suite ended before it was ready" >&2; exit 1; }
  tries=$((tries + 1))
  [ "$tries" -lt 900 ] || { echo "the suite is not ready after 90 s" >&2; exit 1; }
  [ -n "$url" ] || sleep 0.1
done
echo "ready: $url (PostgreSQL, NATS, one process per service)"

"$bin/bacasante" demo --base-url "$url"
"$bin/bacasante" demo --base-url "$url"

# Two bacs at once.
"$bin/bacasante" demo --base-url "$url" --bac ci-1 --json >"$data/ci-1.json" 2>&1 &
other=$!
"$bin/bacasante" demo --base-url "$url" --bac ci-2
wait "$other" || { tail -n 5 "$data/ci-1.json" >&2; exit 1; }
echo "and in bac ci-1 at the same time: ok"
