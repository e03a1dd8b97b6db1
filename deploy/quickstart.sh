#!/usr/bin/env bash
# From a fresh Debian 12 to a running Allmende with a demo landscape: installs, builds, serves until Ctrl-C.
# usage: deploy/quickstart.sh [--once] [--port N]
#   --once    stop as soon as the curl it prints has got the expected answer
#   --port N  listen on 127.0.0.1:N (default 8080, or the next free port)
# The data lies in a temporary folder and goes with the server. For real use: docs/betrieb/installation.md.
set -euo pipefail
cd "$(dirname "$0")/.."

once=; port=8080
while [ $# -gt 0 ]; do
  case $1 in
    --once) once=1 ;;
    --port) port=${2:?--port needs a number}; shift ;;
    *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

deploy/install-packages.sh run build
echo "Building build/release/bin/allmende (about ten minutes on two cores the first time) ..."
mkdir -p build/release
[ -f build/release/CMakeCache.txt ] || cmake --preset release -DALLMENDE_TESTS=OFF -DALLMENDE_BENCH=OFF >build/release/cmake.log ||
  { cat build/release/cmake.log >&2; exit 1; }
ninja -C build/release allmende

wanted=$port
while taken "$port"; do port=$((port + 1)); done
[ "$port" = "$wanted" ] || echo "Port $wanted is taken; using $port."

data=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 0' INT TERM

allmende=build/release/bin/allmende
"$allmende" demo --data "$data"
"$allmende" serve --data "$data" --listen "127.0.0.1:$port" --development 2>"$data/log" &
server=$!
url=http://127.0.0.1:$port
for _ in $(seq 100); do
  curl -fs -o "$data/ready" "$url/readyz" && break
  kill -0 "$server" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
  sleep 0.1
done

query="$url/v1/landscapes/musterland/actors:search?query=oeffentliche+buecherei+grossbirken&fields=name,display_name"
expected=$(cat deploy/quickstart.expected.json)
answer=$(curl -fsS "$query")
if [ "$answer" != "$expected" ]; then
  printf 'The server answered\n  %s\ninstead of\n  %s\n' "$answer" "$expected" >&2
  exit 1
fi
cat <<TEXT

Allmende is running: $url     (OpenAPI: $url/openapi.json)

Try it:
  curl '$query'
and you get:
  $expected
TEXT
[ -z "$once" ] || exit 0
echo "Ctrl-C stops it."
wait "$server"
