#!/usr/bin/env bash
# Runs a command with STEMBANK_TEST_BROWSER set to the address of a ChromeDriver and STEMBANK_TEST_AXE to the file of axe-core,
# and passes its exit status on.
#
#   tests/chromium.sh cargo test --test browser
#
# Chromium and its driver are the distribution's packages, axe-core is the npm package pinned in tests/browser/axe. What is
# missing is installed where that is possible; otherwise this says what to install and fails: it never skips.
set -euo pipefail

say() { echo "chromium.sh: $*" >&2; }

[ $# -gt 0 ] || { say "usage: tests/chromium.sh COMMAND [ARGUMENT]..."; exit 2; }
axe=$(cd "$(dirname "$0")/browser/axe" && pwd)

has_all() { command -v chromedriver >/dev/null && { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; }
if ! has_all && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  say "installing chromium and chromium-driver with apt-get"
  apt-get -qq update >&2 || say "apt-get update failed; trying with the lists that are there"
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends chromium chromium-driver >&2 || true
fi
if ! has_all; then
  say "Chromium and ChromeDriver are needed for the browser tests."
  say "Install your system's packages (Debian, Ubuntu: chromium chromium-driver)."
  exit 1
fi
command -v npm >/dev/null || { say "npm is needed for axe-core; install Node.js 20 or newer."; exit 1; }
# What is there already is kept if it is what the lock file says.
if ! cmp -s "$axe/package-lock.json" "$axe/node_modules/.installed"; then
  (cd "$axe" && npm ci --no-audit --no-fund --silent && cp package-lock.json node_modules/.installed)
fi

log=$(mktemp)
driver=
clean_up() {
  [ -z "$driver" ] || kill "$driver" 2>/dev/null || true
  rm -f "$log"
}
trap clean_up EXIT
# Somebody may take a port between our look and the start: then another one is tried.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  chromedriver --port="$port" >"$log" 2>&1 &
  driver=$!
  for _ in $(seq 100); do
    if grep -q 'started successfully' "$log" || ! kill -0 "$driver" 2>/dev/null; then break; fi
    sleep 0.1
  done
  if grep -q 'started successfully' "$log"; then break; fi
  kill "$driver" 2>/dev/null || true
  driver=
done
[ -n "$driver" ] || { cat "$log" >&2; say "ChromeDriver does not start"; exit 1; }

export STEMBANK_TEST_BROWSER="http://127.0.0.1:$port"
export STEMBANK_TEST_AXE="$axe/node_modules/axe-core/axe.min.js"
status=0
"$@" || status=$?
exit "$status"
