#!/usr/bin/env bash
# Lints the OpenAPI document as a running server serves it.  usage: tests/lint/openapi.sh BUILD_FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
data=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$data"' EXIT
port=18080
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
"$build/bin/allmende" serve --data "$data" --listen "127.0.0.1:$port" --development 2>"$data/log" &
server=$!
curl -fs --retry 50 --retry-delay 0 --retry-max-time 20 --retry-all-errors -o "$build/openapi.json" \
  "http://127.0.0.1:$port/openapi.json" || { cat "$data/log" >&2; exit 1; }
tests/lint/node_modules/.bin/spectral lint --fail-severity=warn --ruleset tests/lint/spectral.yaml "$build/openapi.json"
