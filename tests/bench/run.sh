#!/usr/bin/env bash
# Measures the Speed table and writes tests/bench/RESULTS.md: each figure beside its yardstick, in the same run.
# usage: tests/bench/run.sh [--quick] [--no-install]     --quick: shorter runs, fewer rows, for a look; writes no RESULTS.md
set -euo pipefail
cd "$(dirname "$0")/../.."
arguments=()
install=1
for argument in "$@"; do
  case $argument in
    --quick) arguments+=("$argument") ;;
    --no-install) install= ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
[ -z "$install" ] || deploy/install-packages.sh run build test
cmake --preset release >/dev/null
ninja -C build/release
exec python3 tests/bench/measure.py "${arguments[@]}"
