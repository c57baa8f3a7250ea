"""What a site file asks of a solver."""

from __future__ import annotations

from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.tables import Site

CORE = "pulpcore"
SOURCES = "/mnt/sources"
"""Where checkouts are in the container that solves and builds, a folder for each plugin: see `source_of`."""


def requirements(site: Site) -> tuple[str, ...]:
    """Requirements as pip reads them: pulpcore first, then the plugins in the order of the site file."""
    extra = site.storage.parts().extra
    core = site.plugins.get(CORE, PluginTable.model_construct())
    first = _line(f"{CORE}[{extra}]" if extra else CORE, CORE, core)
    return (first, *(_line(name, name, table) for name, table in site.plugins.items() if name != CORE))


def checkouts(site: Site) -> tuple[tuple[str, str], ...]:
    """Plugins that are installed from a folder of this host, each with that folder."""
    return tuple((name, table.source) for name, table in site.plugins.items() if table.source is not None)


def source_of(name: str) -> str:
    """Where the checkout of a plugin is in that container.

    The folder has no dash: pip 25 takes one that is called `pulp-rpm` for a package with its version, keeps the wheel
    of its first build, and gives that again whatever has changed (`_should_cache` in its wheel_builder.py).
    """
    return f"{SOURCES}/{name.replace('-', '_')}"


def plugin_at(path: str) -> str | None:
    """The plugin whose checkout is at this place of the container; None where none is."""
    return path.removeprefix(f"{SOURCES}/").replace("_", "-") if path.startswith(f"{SOURCES}/") else None


def _line(words: str, name: str, table: PluginTable) -> str:
    if table.source is not None:
        return f"{words} @ file://{source_of(name)}"
    if table.git is not None:
        return f"{words} @ git+{table.git}" + (f"@{table.rev}" if table.rev else "")
    return f"{words}{table.version}"
