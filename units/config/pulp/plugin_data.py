"""What do these plugins have in the database? `plugin_data.py PACKAGE...` prints one JSON object, and writes nothing.

All plugins of the image are loaded, also those that are off.
"""

import contextlib
import json
import os
import re
import sys
from importlib.metadata import entry_points
from typing import Any

NAMES = 10
KINDS = ("repositories", "contents", "distributions", "remotes", "publications")


def normal(package: str) -> str:
    """As names of packages are compared."""
    return re.sub(r"[-_.]+", "-", package).lower()


def counted(label: str) -> list[tuple[str, int]]:
    """Each kind is a table of pulpcore with a row for each thing of all plugins, whose type names the plugin."""
    from pulpcore.app import models

    kinds = (models.Repository, models.Content, models.Distribution, models.Remote, models.Publication)
    return [
        (kind, model.objects.filter(pulp_type__startswith=f"{label}.").count())
        for kind, model in zip(KINDS, kinds, strict=True)
    ]


def names(label: str) -> list[str]:
    from pulpcore.app.models import Repository

    found = Repository.objects.filter(pulp_type__startswith=f"{label}.").order_by("name")
    return list(found.values_list("name", flat=True)[:NAMES])


def found(cursor: Any, connection: Any, packages: list[str]) -> dict[str, Any]:
    from pulpcore.app.apps import pulp_plugin_configs

    labels = {normal(config.python_package_name): config.label for config in pulp_plugin_configs()}
    database = connection.settings_dict
    cursor.execute("SELECT pg_database_size(current_database())")
    return {
        "database": {
            "host": str(database["HOST"]),
            "port": str(database["PORT"]),
            "name": str(database["NAME"]),
            "user": str(database["USER"]),
            "size": cursor.fetchone()[0],
        },
        "plugins": [
            {"package": each, "counts": counted(labels[each]), "names": names(labels[each])}
            for each in packages
            if each in labels
        ],
    }


def main(packages: list[str]) -> None:
    os.environ["PULP_ENABLED_PLUGINS"] = json.dumps([point.name for point in entry_points(group="pulpcore.plugin")])
    # whatever plugins print while they are loaded must not get between
    with contextlib.redirect_stdout(sys.stderr):
        import django
        from django.db import DatabaseError, connection, transaction

        django.setup()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                told = found(cursor, connection, packages)
        except DatabaseError as error:
            sys.exit(f"the database cannot be read: {error}")
    # in short lines: Podman cuts long ones in its logs
    json.dump(told, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
