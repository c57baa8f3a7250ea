#!/bin/sh
# Start PostgreSQL; make the cluster first where there is none. Reads POSTGRES_USER, POSTGRES_DB,
# POSTGRES_PASSWORD_FILE and PGDATA, as the official image does.
set -eu
[ "${1:-}" = postgres ] || exec "$@"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # In a folder of its own until it is whole, so that an interrupted first start begins anew.
    rm -rf "$PGDATA.new"
    initdb --pgdata="$PGDATA.new" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256
    echo "host all all all scram-sha-256" >>"$PGDATA.new/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA.new/postgresql.conf"
    if [ "$POSTGRES_DB" != postgres ]; then
        echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$PGDATA.new" -j postgres
    fi
    rm -rf "$PGDATA"
    mv "$PGDATA.new" "$PGDATA"
fi

have=$(cat "$PGDATA/PG_VERSION")
want=$(postgres --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
if [ "$have" != "$want" ]; then
    echo "the database was made by PostgreSQL $have and cannot be opened by PostgreSQL $want; nothing was changed" >&2
    exit 1
fi
exec "$@"
