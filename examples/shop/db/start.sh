#!/bin/sh
# Makes the database cluster in an empty data folder, then becomes the server. The password comes from a file.
set -eu
export PATH=/usr/lib/postgresql/bin PGDATA=/var/lib/postgresql/data/cluster
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=shop --pwfile=/run/secrets/db/password --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync --no-instructions
  printf '%s\n' 'create database shop' | postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp -c dynamic_shared_memory_type=mmap -c shared_buffers=32MB -c max_connections=20 -c ssl=off -c hba_file=/etc/postgresql/pg_hba.conf
