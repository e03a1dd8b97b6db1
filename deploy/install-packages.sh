#!/usr/bin/env bash
# Installs the Debian packages of deploy/packages.txt that are missing. Starts no service.
# usage: deploy/install-packages.sh GROUP...      groups: run build test
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: $0 GROUP...   (run, build, test)" >&2; exit 2; }

wanted=$(for group in "$@"; do awk -v group="$group" '$1 == group { print $2 }' "$here/packages.txt"; done)
if command -v npm >/dev/null; then  # another Node.js is as good as Debian's, and the two exclude each other
  wanted=$(grep -vxE 'nodejs|npm' <<<"$wanted" || true)
fi
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }')
missing=$(grep -vxF -f <(echo "$installed") <<<"$wanted" || true)
[ -n "$missing" ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "These packages are missing; install them as root: "$missing >&2; exit 1; }
  as_root=(sudo)
fi

# A package that brings a service must not start it: the tests start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod 755 $policy
  trap '"${as_root[@]}" rm -f $policy' EXIT
fi
echo "Installing: "$missing
"${as_root[@]}" apt-get update -q
# shellcheck disable=SC2086  # one word per package
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
