"""Remove all that a plugin has in the database: `remove_plugin.py PACKAGE`, by Pulp's own command of that name.

No process of Pulp may run. All plugins of the image are loaded, also those that are off: the command finds no other,
and what refers to the data of this one has to be known. One that was off may have missed migrations, which come first.
Where a plugin has no tables, and so no migrations, the command would fail at taking them back.
"""

import json
import os
import re
import sys
from importlib.metadata import entry_points


def normal(package: str) -> str:
    """As names of packages are compared."""
    return re.sub(r"[-_.]+", "-", package).lower()


def main(package: str) -> None:
    os.environ["PULP_ENABLED_PLUGINS"] = json.dumps([point.name for point in entry_points(group="pulpcore.plugin")])
    import django
    from django.core.management import CommandError, call_command, load_command_class
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    from pulpcore.app.apps import pulp_plugin_configs

    label = {normal(config.python_package_name): config.label for config in pulp_plugin_configs()}.get(package)
    if label is None:
        sys.exit(f"this image has no plugin of the package {package}")
    command = load_command_class("pulpcore.app", "remove-plugin")
    if label in MigrationLoader(None).migrated_apps:
        call_command("migrate", label, interactive=False, verbosity=0)
    else:
        command._unapply_migrations = lambda **_: None  # noqa: SLF001  # it has no option for that
    try:
        call_command(command, label)
    except CommandError as error:
        sys.exit(f"remove-plugin: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
