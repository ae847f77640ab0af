#!/usr/bin/env bash
# Runs a command with STEMBANK_TEST_POSTGRES set to a throw-away PostgreSQL, and passes its exit status on.
#
#   tests/postgres.sh cargo test --test bank
#
# The cluster lives in a temporary folder, listens on a free port of 127.0.0.1 only, trusts everybody there and, unless
# asked, does not care for power cuts. It goes when the command ends, however that happens. Without PostgreSQL's server programs
# they are installed where that is possible; otherwise this fails: it never skips.
set -euo pipefail

say() { echo "postgres.sh: $*" >&2; }

# Folder of initdb and pg_ctl, the newest if there are several.
find_programs() {
  local folder
  for folder in "$(pg_config --bindir 2>/dev/null || true)" \
    $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV) \
    "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
      echo "$folder"
      return
    fi
  done
  return 1
}

# Debian and Ubuntu only. The package would start a cluster of its own: it is told not to.
install_programs() {
  local root=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
    root=(sudo -n)
  fi
  say "installing PostgreSQL with apt-get"
  local quiet=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  "${quiet[@]}" update >&2 || say "apt-get update failed; trying with the lists that are there"
  "${quiet[@]}" install -y --no-install-recommends postgresql-common >&2 || return 1
  "${root[@]}" mkdir -p /etc/postgresql-common/createcluster.d || return 1
  echo 'create_main_cluster = false' | "${root[@]}" tee /etc/postgresql-common/createcluster.d/stembank-test.conf >/dev/null
  "${quiet[@]}" install -y --no-install-recommends postgresql >&2
  local status=$?
  "${root[@]}" rm -f /etc/postgresql-common/createcluster.d/stembank-test.conf
  return "$status"
}

# initdb refuses root, so root hands the cluster to the user that PostgreSQL's package made.
as_owner() {
  if [ "$(id -u)" != 0 ]; then "$@"
  elif command -v runuser >/dev/null; then runuser -u postgres -- "$@"
  else su postgres -s /bin/sh -c '"$0" "$@"' -- "$@"
  fi
}

[ $# -gt 0 ] || { say "usage: tests/postgres.sh COMMAND [ARGUMENT]..."; exit 2; }

programs=$(find_programs) || { install_programs && programs=$(find_programs); } || {
  say "PostgreSQL's server programs (initdb, pg_ctl) are missing and cannot be installed from here."
  say "Install them: 'sudo apt-get install postgresql', 'sudo dnf install postgresql-server' or 'brew install postgresql'."
  exit 1
}
if [ "$(id -u)" = 0 ] && ! id postgres >/dev/null 2>&1; then
  say "PostgreSQL does not run as root and there is no user 'postgres': run this as another user."
  exit 1
fi

# In memory where there is room for it: a database is made ten times as fast there. Otherwise on disk, for root in /tmp
# since its own temporary folder may be closed to the user 'postgres'.
base=${TMPDIR:-/tmp}
[ "$(id -u)" != 0 ] || base=/tmp
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ "${room:-0}" -gt 2000000 ] && [ -w /dev/shm ]; then base=/dev/shm; fi
folder=$(mktemp -d "$base/stembank-postgres.XXXXXX")
command=
clean_up() {
  trap '' INT TERM HUP
  # The command has a process group of its own, so its children end with it.
  [ -z "$command" ] || kill -TERM -- "-$command" 2>/dev/null || true
  [ ! -e "$folder/data/postmaster.pid" ] || as_owner "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
[ "$(id -u)" != 0 ] || chown postgres "$folder"
cd "$folder" # A folder that the user 'postgres' may enter; we go back for the command.

# Korean order where the server can, since the bank's own order must not depend on the server's.
order=(--locale=C)
if "$programs/initdb" --help | grep -q -- --icu-locale; then order+=(--locale-provider=icu --icu-locale=ko); fi
as_owner "$programs/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --no-sync "${order[@]}" \
  >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; say "initdb failed"; exit 1; }
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
END
# With STEMBANK_TEST_POSTGRES_DURABLE it waits for its disk, and a test may stop it at once (make soak).
if [ -n "${STEMBANK_TEST_POSTGRES_DURABLE:-}" ]; then
  export STEMBANK_TEST_POSTGRES_DURABLE_DATA="$folder/data"
else
  printf '%s = off\n' fsync full_page_writes synchronous_commit >>"$folder/data/postgresql.conf"
fi

# Somebody may take a port between our look and the start: then another one is tried.
for attempt in 1 2 3 4 5 6 7 8; do
  port=$((20000 + RANDOM % 12000))
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
  echo "port = $port" >>"$folder/data/postgresql.conf"
  if as_owner "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w start >/dev/null 2>&1; then
    started=$attempt
    break
  fi
done
[ -n "${started:-}" ] || { tail -n 20 "$folder/data/server.log" >&2 || true; say "PostgreSQL does not start"; exit 1; }
cd "$OLDPWD"

# For pg_dump of the same version.
export PATH="$programs:$PATH"
export STEMBANK_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
set -m
"$@" </dev/null &
command=$!
set +m
status=0
wait "$command" || status=$?
command=
exit "$status"
