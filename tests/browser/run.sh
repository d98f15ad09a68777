#!/usr/bin/env bash
# The log-in page of examples/log-in in a real browser, on another origin than the API: "Remember me", "Forgot password?",
# log-in with X and at a certified OpenID Connect provider, log-out. `tests/browser/run.sh`; settings by environment:
#   CHROMIUM        the browser (default: chromium on the path)
#   MASTHEAD_BIN    the program (default: built now)
#   SHOTS           a folder for screenshots (default: none are kept)
#   BROWSER_MODULES a folder where the two packages of package.json are kept from run to run
# Says SKIP where node or chromium are missing, unless CI=true: CI skips nothing. Servers listen on loopback only.
set -u
here=$(cd "$(dirname "$0")" && pwd)

missing() {
  if [ "${CI:-}" = true ]; then echo "FAIL browser: $1, and CI skips nothing"; exit 1; fi
  echo "SKIP browser: $1"
  exit 0
}

command -v node >/dev/null || missing "no node here"
[ "$(node -p 'process.versions.node.split(".")[0] >= 20')" = true ] || missing "node is older than 20"
command -v npm >/dev/null || missing "no npm here"
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
[ -n "$CHROMIUM" ] || missing "no chromium here (Debian's package: chromium)"
export CHROMIUM

modules=${BROWSER_MODULES:-${TMPDIR:-/tmp}/masthead-browser-modules}
# The list is put there last: without it what is there is not whole.
if ! cmp -s "$here/package.json" "$modules/installed.json"; then
  rm -rf "$modules/node_modules" "$modules/installed.json"
  mkdir -p "$modules" && cp "$here/package.json" "$modules/package.json" || exit 1
  (cd "$modules" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) >"$modules/npm.log" 2>&1 \
    || { tail -n 5 "$modules/npm.log"; missing "npm could not install the packages of tests/browser/package.json"; }
  cp "$here/package.json" "$modules/installed.json"
fi

if [ -z "${MASTHEAD_BIN:-}" ]; then
  (cd "$here/../.." && cargo build --quiet --bin masthead) || exit 1
  target=$(cd "$here/../.." && cargo metadata --format-version 1 --no-deps --quiet | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
  MASTHEAD_BIN=${target:?}/debug/masthead
fi
export MASTHEAD_BIN
export BROWSER_MODULES=$modules
exec node "$here/log-in.mjs"
