#!/usr/bin/env bash
# Builds everything and checks it; on a fresh Debian 12 it installs what it needs first.
# usage: tests/run.sh [--preset dev|release] [--asan] [--tidy] [--tidy-all] [--fuzz] [--bench] [--no-install]
#   --asan      build and run the tests with the address and undefined-behaviour sanitizers
#   --tidy      clang-tidy over the files that differ from the main branch; --tidy-all: over all of them
#   --fuzz      run each fuzzer for 60 seconds (ALLMENDE_FUZZ_SECONDS) besides
#   --bench     run the benchmarks besides and write tests/bench/RESULTS.md
# Ends with the closing lines of the test runner; exit code 0 only where everything passed.
set -uo pipefail
cd "$(dirname "$0")/.."

preset=dev; install=1; tidy=; fuzz=; bench=
while [ $# -gt 0 ]; do
  case $1 in
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --asan) preset=asan ;;
    --tidy) tidy=changed ;;
    --tidy-all) tidy=all ;;
    --fuzz) fuzz=1 ;;
    --bench) bench=1 ;;
    --no-install) install= ;;
    *) sed -n '2,8s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done
build=build/$preset
failed=()

# step NAME COMMAND...: runs the command; a failure is remembered and the next step runs all the same.
step() {
  local name=$1 start=$SECONDS; shift
  echo "== $name"
  if "$@"; then echo "== $name: ok, $((SECONDS - start)) s"; else echo "== $name: FAILED, $((SECONDS - start)) s"; failed+=("$name"); fi
}
# must NAME COMMAND...: without this nothing else makes sense.
must() { step "$@"; [ ${#failed[@]} = 0 ] || { echo "stopped: $1 failed" >&2; exit 1; }; }

jobs() { local cores; cores=$(nproc); echo $((cores > 2 ? cores : 2)); }
build_all() { cmake --preset "$preset" -DALLMENDE_TESTS=ON >"$build/cmake.log" || { cat "$build/cmake.log"; return 1; }; ninja -C "$build" -j"$(jobs)"; }
install_linters() { (cd tests/lint && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); }
check_format() { git ls-files '*.cc' '*.h' | xargs clang-format --dry-run --Werror; }
run_fuzzers() {
  cmake --preset fuzz >/dev/null && ninja -C build/fuzz -j"$(jobs)" || return 1
  local seconds=${ALLMENDE_FUZZ_SECONDS:-60} fuzzer bad=0
  for fuzzer in build/fuzz/bin/*_fuzz; do
    [ -x "$fuzzer" ] || { echo "no fuzzer was built"; return 1; }
    echo "-- $(basename "$fuzzer") for $seconds s"
    mkdir -p "build/fuzz/corpus/$(basename "$fuzzer")"
    "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 -verbosity=0 \
      -artifact_prefix=build/fuzz/ "build/fuzz/corpus/$(basename "$fuzzer")" || bad=1
  done
  return $bad
}

mkdir -p "$build"
[ -z "$install" ] || must "packages" deploy/install-packages.sh run build test
must "build ($preset)" build_all
step "format" check_format
step "linters" install_linters
step "protos" tests/lint/protos.sh "$build"
step "OpenAPI document" tests/lint/openapi.sh "$build"
[ -z "$tidy" ] || step "clang-tidy ($tidy)" tests/lint/tidy.sh "$tidy"
[ -z "$fuzz" ] || step "fuzzers" run_fuzzers
[ -z "$bench" ] || step "benchmarks" tests/bench/run.sh

echo "== tests ($preset)"
[ ${#failed[@]} = 0 ] || printf 'FAILED before the tests: %s\n' "${failed[@]}"
timeout --kill-after=30 2700 ctest --preset "$preset" -j2 --timeout 300
tests=$?
[ $tests = 0 ] && [ ${#failed[@]} = 0 ]
