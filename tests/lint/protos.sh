#!/usr/bin/env bash
# Lints the protos and compares them with what was released.
# usage: tests/lint/protos.sh BUILD_FOLDER [--release]     --release: what is there now becomes the released state
set -euo pipefail
cd "$(dirname "$0")/../.."
image=$1/allmende.binpb
released=tests/lint/released.binpb
buf=tests/lint/node_modules/.bin/buf
if [ "${2:-}" = --release ]; then
  "$buf" build "$image" --path allmende --exclude-source-info --output "$released"
  exit
fi
"$buf" lint "$image" --config buf.yaml --path allmende
"$buf" breaking "$image" --against "$released" --config buf.yaml --path allmende
