#!/usr/bin/env bash
# clang-tidy over our sources.  usage: tests/lint/tidy.sh changed|all
# changed: files that differ from the branch main (or, on it, from the commit before).
set -euo pipefail
cd "$(dirname "$0")/../.."
base=$(git merge-base HEAD main 2>/dev/null || true)
[ "$base" != "$(git rev-parse HEAD)" ] || base=HEAD~1
case ${1:-changed} in
  all) files=$(git ls-files 'common/*.cc' 'services/*.cc') ;;
  changed) files=$(git diff --name-only --diff-filter=d "${base:-HEAD~1}" -- 'common/*.cc' 'services/*.cc') ;;
  *) echo "usage: $0 changed|all" >&2; exit 2 ;;
esac
[ -n "$files" ] || { echo "no file to look at"; exit 0; }
cmake --preset tidy >/dev/null
ninja -C build/tidy allmende_proto >/dev/null  # generated headers
# shellcheck disable=SC2086  # one word per file
run-clang-tidy-16 -quiet -p build/tidy -j "$(nproc)" $files 2>&1 | grep -vE '^(clang-tidy-16 |[0-9]+ warnings generated)' || test "${PIPESTATUS[0]}" = 0
