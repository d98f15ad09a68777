#!/usr/bin/env bash
# A throw-away PostgreSQL for tests: `tests/postgres.sh PID` starts one and prints "URL FOLDER"; with a second argument, the
# URL of another server, it is a replica of that one.
#
# It lives as long as anybody uses it: FOLDER/users holds one file per process, named by its id, first of all PID.
# When none of them runs any more the server is stopped and FOLDER is removed. So it goes away after a panic, a kill
# or Ctrl-C too, and never takes a process with it that it did not start. Whoever wants to share it makes a file in
# FOLDER/users; when that fails, the server is on its way out.
#
# It needs initdb and pg_ctl: from MASTHEAD_TEST_POSTGRES_BIN, else the newest of /usr/lib/postgresql, else from PATH.
# MASTHEAD_TEST_POSTGRES_LINGER: seconds that it stays without users (default 1).
# Exit codes: 0 it runs; 3 there are no server binaries; 1 it could not be started (the reason is on stderr).
set -eu

owner=${1:?the id of the process that it is for}
primary=${2:-}
linger=${MASTHEAD_TEST_POSTGRES_LINGER:-1}

bin=${MASTHEAD_TEST_POSTGRES_BIN:-}
if [ -z "$bin" ]; then
  for candidate in $(ls -d /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -V); do
    if [ -x "$candidate/initdb" ]; then bin=$candidate; fi
  done
fi
if [ -z "$bin" ] && command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
  bin=$(dirname "$(command -v initdb)")
fi
[ -n "$bin" ] || { echo "no PostgreSQL server binaries (initdb, pg_ctl) were found" >&2; exit 3; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/masthead-postgres.XXXXXX")
mkdir "$folder/users"
: >"$folder/users/$owner"

# The server refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
  user=nobody
  if id postgres >/dev/null 2>&1; then user=postgres; fi
  if command -v setpriv >/dev/null; then
    as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  else
    as=(su "$user" -s /bin/sh -c 'exec "$0" "$@"' --)
  fi
  chown "$user" "$folder"
fi

fail() {
  echo "PostgreSQL could not be started: $1" >&2
  tail -n 20 "$folder/log" >&2 2>/dev/null || true
  rm -rf "$folder"
  exit 1
}

cd "$folder"
if [ -n "$primary" ]; then
  "${as[@]}" "$bin/pg_basebackup" -D "$folder/data" -d "$primary" -R -X stream -c fast --no-sync >"$folder/backup.log" 2>&1 \
    || { cat "$folder/backup.log" >&2; fail "pg_basebackup said no"; }
else
  "${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 \
    || { cat "$folder/initdb.log" >&2; fail "initdb said no"; }
fi
# Nothing here must outlive the run, so nothing waits for the disk.
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 128MB
CONF

port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
  candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
  if "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -o "-p $candidate" -w -t 60 start >/dev/null 2>&1; then
    port=$candidate
    break
  fi
done
[ -n "$port" ] || fail "no port was free, or see above"

# The one that stays behind. It holds none of our streams, and Ctrl-C is for the tests, not for it.
(
  trap '' INT HUP
  idle=0
  while :; do
    for file in "$folder"/users/*; do
      [ -e "$file" ] || continue
      kill -0 "${file##*/}" 2>/dev/null || rm -f "$file"
    done
    if [ -z "$(ls -A "$folder/users")" ]; then idle=$((idle + 1)); else idle=0; fi
    # Removing the folder is what decides: it fails if somebody came in just now, and nobody can come in afterwards.
    if [ "$idle" -gt "$linger" ] && rmdir "$folder/users" 2>/dev/null; then
      "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop || true
      cd /
      rm -rf "$folder"
      exit 0
    fi
    sleep 1
  done
) </dev/null >/dev/null 2>&1 &

echo "postgres://postgres@127.0.0.1:$port/postgres $folder"
