#!/usr/bin/env bash
# How many instructions the hot path takes: a guard against what makes it slower, on machines whose clocks tell nothing.
# `tests/instructions.sh` counts and holds the figures against tests/instructions.txt; `tests/instructions.sh --set` writes them
# there. What is counted is the test program without optimisation, which is built already where ./test has run: the figures
# are no measure of speed, but what adds work shows in them. Needs valgrind; says SKIP without, unless CI=true.
set -u
cd "$(dirname "$0")/.." || exit 1
# What may be more than the figure that stands there, in percent.
tolerance=10

if ! command -v valgrind >/dev/null; then
  if [ "${CI:-}" = true ]; then echo "FAIL instructions: no valgrind here, and CI skips nothing"; exit 1; fi
  echo "SKIP instructions: no valgrind here (Debian's package: valgrind)"
  exit 0
fi

program=$(cargo test --lib --no-run --message-format=json 2>/dev/null </dev/null \
  | sed -n 's/.*"profile":{[^}]*"test":true}.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$program" ] || { echo "FAIL instructions: the test program could not be built"; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/masthead-instructions.XXXXXX")
trap 'rm -rf "$work"' EXIT

requests=200
count() { # count SORT: the instructions of a request
  SORT=$1 REQUESTS=$requests valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*http::instructions::counted*' \
    --callgrind-out-file="$work/out" --log-file="$work/log" \
    "$program" --exact http::instructions::requests --ignored >"$work/said" 2>&1 \
    || { cat "$work/said" "$work/log" >&2; return 1; }
  all=$(sed -n 's/^summary: \([0-9]*\).*/\1/p; s/^totals: \([0-9]*\).*/\1/p' "$work/out" | tail -n 1)
  [ "${all:-0}" -gt 0 ] || { echo "FAIL instructions: nothing was counted; is the function counted still there?" >&2; return 1; }
  echo $((all / requests))
}

failed=0
: >"$work/figures"
for sort in hot unchanged cold; do
  each=$(count "$sort") || exit 1
  echo "$sort $each" >>"$work/figures"
  known=$(sed -n "s/^$sort //p" tests/instructions.txt 2>/dev/null)
  if [ "${1:-}" = --set ]; then
    echo "$sort: $each instructions a request"
  elif [ -z "$known" ]; then
    echo "FAIL $sort: no figure in tests/instructions.txt; write it with tests/instructions.sh --set"
    failed=1
  elif [ $((each * 100)) -gt $((known * (100 + tolerance))) ]; then
    echo "FAIL $sort: $each instructions a request, more than $known and $tolerance %; if that is meant, tests/instructions.sh --set"
    failed=1
  else
    echo "PASS $sort: $each instructions a request, $known are known, $tolerance % more are let pass"
  fi
done
[ "${1:-}" = --set ] && cp "$work/figures" tests/instructions.txt
exit "$failed"
