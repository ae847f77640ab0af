#!/usr/bin/env bash
# Runs a command with STEMBANK_TEST_OPENID set to the issuer of a real OpenID Connect provider, and passes its exit status on.
#
#   tests/openid.sh cargo test --test bank openid
#
# The provider is the npm package oidc-provider on a free port of 127.0.0.1. Without Node.js 20 or newer this fails: it
# never skips.
set -euo pipefail

say() { echo "openid.sh: $*" >&2; }

[ $# -gt 0 ] || { say "usage: tests/openid.sh COMMAND [ARGUMENT]..."; exit 2; }
folder=$(cd "$(dirname "$0")/openid" && pwd)

version() { node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/'; }
if [ "$(version || true)" = "" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  say "installing Node.js with apt-get"
  apt-get -qq update >&2 || say "apt-get update failed; trying with the lists that are there"
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends nodejs npm >&2 || true
fi
found=$(version || true)
if [ "${found:-0}" -lt 20 ]; then
  say "Node.js 20 or newer is needed for the OpenID Connect provider; found: ${found:-none}."
  say "Install it from https://nodejs.org, or your system's package nodejs."
  exit 1
fi
# What is there already is kept if it is what the lock file says.
if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
  (cd "$folder" && npm ci --no-audit --no-fund --silent && cp package-lock.json node_modules/.installed)
fi

log=$(mktemp)
provider=
clean_up() {
  [ -z "$provider" ] || kill "$provider" 2>/dev/null || true
  rm -f "$log"
}
trap clean_up EXIT
# Somebody may take a port between our look and the start: then another one is tried.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  node "$folder/provider.mjs" "$port" >"$log" 2>&1 &
  provider=$!
  for _ in $(seq 100); do
    if grep -q '^ready ' "$log" || ! kill -0 "$provider" 2>/dev/null; then break; fi
    sleep 0.1
  done
  if grep -q '^ready ' "$log"; then break; fi
  kill "$provider" 2>/dev/null || true
  provider=
done
[ -n "$provider" ] || { cat "$log" >&2; say "the provider does not start"; exit 1; }

export STEMBANK_TEST_OPENID="http://127.0.0.1:$port"
status=0
"$@" || status=$?
exit "$status"
