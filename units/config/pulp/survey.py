"""What would this image do to the database? Prints one JSON object; nothing is written to the database.

Runs in the new image, beside whatever runs, and before anything of it is touched. The transaction is read-only, so
that not even a mistake could change a row. Django's own loader tells what is pending, in the order of `migrate`.
"""

import contextlib
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

# Tables of pulpcore before 3.87, by the kind of process that they list
FORMER_TABLES = {"core_worker": "worker", "core_apiappstatus": "api", "core_contentappstatus": "content"}
TTL = {"worker": "WORKER_TTL", "api": "API_APP_TTL", "content": "CONTENT_APP_TTL"}
CONCURRENT = {"AddIndexConcurrently", "RemoveIndexConcurrently"}
READS_ALL_ROWS = {*CONCURRENT, "AddIndex", "AddConstraint", "AlterField", "AlterUniqueTogether"}


def flat(operations: Iterable[Any]) -> Iterator[Any]:
    """The operations that reach the database: Django can tell its own books something else."""
    for operation in operations:
        if type(operation).__name__ == "SeparateDatabaseAndState":
            yield from flat(operation.database_operations)
        else:
            yield operation


def name_of(operation: Any) -> str:
    """`RunPython split_evr`: what a developer would look for."""
    code = getattr(getattr(operation, "code", None), "__name__", "")
    return f"{type(operation).__name__} {code}".strip()


def removed(operation: Any) -> str | None:
    match type(operation).__name__:
        case "RemoveField":
            return f"field {operation.model_name}.{operation.name}".lower()
        case "DeleteModel":
            return f"model {operation.name}".lower()
    return None


def renamed(operation: Any) -> str | None:
    match type(operation).__name__:
        case "RenameField":
            return f"field {operation.model_name}.{operation.old_name} to {operation.new_name}".lower()
        case "RenameModel":
            return f"model {operation.old_name} to {operation.new_name}".lower()
        case "AlterModelTable":
            return f"the table of model {operation.name} to {operation.table}".lower()
    return None


def requirement(operation: Any) -> dict[str, str] | None:
    if type(operation).__name__ == "RequireVersion":
        return {"component": operation.plugin, "version": operation.version}
    return None


def models(source: str) -> set[str]:
    """Tables whose models a module asks for by name."""
    found = re.findall(r"""get_model\(\s*["'](\w+)["']\s*,\s*["'](\w+)["']""", source)
    return {f"{app}_{model}".lower() for app, model in found}


def words(sql: Any) -> set[str]:
    """Whatever could be the name of a table, in a text or in a list of texts, some with parameters."""
    if isinstance(sql, str):
        return set(re.findall(r"\w+", sql.lower()))
    parts = sql if isinstance(sql, (list, tuple)) else ()
    return {word for part in parts for word in words(part[0] if isinstance(part, tuple) else part)}


def rows(migration: Any, operations: list[Any], sizes: dict[str, int]) -> list[int]:
    """Estimates of how many rows Python and SQL will look at."""
    by_program: set[str] = set()
    by_database: set[str] = set()
    for operation in operations:
        kind = type(operation).__name__
        if kind == "RunPython":
            module = inspect.getmodule(operation.code)
            by_program |= models(inspect.getsource(module)) if module else set()
        elif kind == "RunSQL":
            by_database |= words(operation.sql)
        elif kind in READS_ALL_ROWS:
            model = getattr(operation, "model_name", None) or operation.name
            by_database.add(f"{migration.app_label}_{model}".lower())
    return [sum(sizes.get(table, 0) for table in tables) for tables in (by_program, by_database - by_program)]


def described(migration: Any, known_apps: set[str], sizes: dict[str, int]) -> dict[str, Any]:
    operations = list(flat(migration.operations))
    kinds = {type(operation).__name__ for operation in operations} - {"RequireVersion"}
    by_program, by_database = rows(migration, operations, sizes)
    return {
        "app": migration.app_label,
        "name": migration.name,
        "operations": len(migration.operations),
        "atomic": bool(migration.atomic),
        "concurrent": bool(kinds) and kinds <= CONCURRENT,
        "one_way": list(dict.fromkeys(name_of(each) for each in operations if not each.reversible)),
        "removes": list(filter(None, map(removed, operations))),
        "renames": list(filter(None, map(renamed, operations))),
        "requires": list(filter(None, map(requirement, operations))),
        "new_app": migration.app_label not in known_apps,
        "rows_by_program": by_program,
        "rows_by_database": by_database,
    }


def asked(cursor: Any, query: str, *parameters: Any) -> list[Any]:
    cursor.execute(query, parameters)
    found: list[Any] = cursor.fetchall()
    return found


def tables(cursor: Any) -> dict[str, int]:
    """Each table with PostgreSQL's estimate of its rows; of one that was never analysed, by its size."""
    query = """
        SELECT relname, CASE WHEN reltuples < 0 THEN pg_relation_size(oid) / 200 ELSE reltuples END
        FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)
    """
    return {name: int(count) for name, count in asked(cursor, query)}


def processes(cursor: Any, present: Iterable[str], settings: Any) -> list[dict[str, Any]]:
    """Rows of processes that count as alive, by the clock of the database."""
    what = "name, CAST(hstore_to_json(versions) AS text), extract(epoch FROM now() - last_heartbeat)"
    found = []
    if "core_appstatus" in present:
        found += asked(cursor, f"SELECT app_type, {what}, extract(epoch FROM ttl) FROM core_appstatus")  # noqa: S608  ours
    for table, kind in FORMER_TABLES.items():
        if table in present:
            query = f"SELECT %s, {what}, %s FROM {table}"  # noqa: S608  # one of the three names above
            found += asked(cursor, query, kind, getattr(settings, TTL[kind]))
    return [
        {"kind": kind, "name": name, "versions": json.loads(versions), "age": round(float(age), 3), "ttl": float(ttl)}
        for kind, name, versions, age, ttl in sorted(found)
        if float(age) <= float(ttl)
    ]


def survey(connection: Any, cursor: Any) -> dict[str, Any]:
    from django.conf import settings
    from django.db.migrations.executor import MigrationExecutor
    from pulpcore.app.apps import pulp_plugin_configs

    present = tables(cursor)
    executor = MigrationExecutor(connection)
    loader = executor.loader
    loader.check_consistent_history(connection)
    applied = set(loader.applied_migrations)
    known_apps = {app for app, _ in applied}
    replaced = {each for migration in loader.replacements.values() for each in migration.replaces}
    unknown = (key for key in applied if key[0] in loader.migrated_apps and key not in loader.disk_migrations)
    database = connection.settings_dict
    return {
        "versions": {config.label: config.version for config in pulp_plugin_configs()},
        "first": "core" not in known_apps,
        "pending": [
            described(migration, known_apps, present)
            for migration, _ in executor.migration_plan(loader.graph.leaf_nodes())
        ],
        "ahead": sorted(".".join(key) for key in unknown if key not in replaced),
        "processes": processes(cursor, present, settings),
        "database": {
            "host": str(database["HOST"]),
            "port": str(database["PORT"]),
            "name": str(database["NAME"]),
            "user": str(database["USER"]),
            "size": asked(cursor, "SELECT pg_database_size(current_database())")[0][0],
        },
    }


def main() -> None:
    # whatever plugins print while they are loaded must not get between
    with contextlib.redirect_stdout(sys.stderr):
        import django
        from django.db import DatabaseError, connection, transaction
        from django.db.migrations.exceptions import InconsistentMigrationHistory

        django.setup()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                found = survey(connection, cursor)
        except InconsistentMigrationHistory as error:
            sys.exit(f"Django would refuse to migrate: {error}")
        except DatabaseError as error:
            sys.exit(f"the database cannot be read: {error}")
    # in short lines: Podman cuts long ones in its logs
    json.dump(found, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
