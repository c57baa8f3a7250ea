"""What is said of plugins on the command line, understood beside what the site has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulp_quadlet.config.source import load
from pulp_quadlet.errors import HostError, Problem

if TYPE_CHECKING:
    from pulp_quadlet.config.image_tables import PluginTable
    from pulp_quadlet.model.generation import Generation
    from pulp_quadlet.model.plugin_data import Holdings

CORE = "pulpcore"


def wanted_plugins(
    words: Iterable[str], source: Path | None, git: str | None, rev: str | None
) -> dict[str, PluginTable | None]:
    """What is to be said of each plugin; None where it may be anything. Raises UsageError."""
    asked = dict(_named(word) for word in words)
    if not source and not git:
        if rev:
            raise click.UsageError("--rev needs --git")
        return {name: _table(version=version) if version else None for name, version in asked.items()}
    if source and git:
        raise click.UsageError("--source and --git exclude each other")
    if len(asked) > 1:
        raise click.UsageError("--source and --git are about one plugin: name one")
    [(name, version)] = asked.items()
    if version:
        raise click.UsageError("a version range is for plugins from a package index: name the plugin alone")
    return {name: _table(source=str(source.absolute())) if source else _table(git=git, rev=rev)}


def _table(**said: str | None) -> PluginTable:
    """As the reader of site files judges it. Raises UsageError."""
    from pydantic import ValidationError

    from pulp_quadlet.config.image_tables import PluginTable

    try:
        return PluginTable.model_validate({key: value for key, value in said.items() if value})
    except ValidationError as error:
        raise click.UsageError(error.errors()[0]["msg"]) from None


def _named(word: str) -> tuple[str, str]:
    """`pulp-rpm>=3.39,<4` as the name of a package and a range."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        found = Requirement(word)
    except InvalidRequirement:
        raise click.UsageError(
            f"`{word}` is no plugin: write the name of its package, and a range of versions behind it if you need one, "
            "such as `pulp-rpm>=3.39`"
        ) from None
    if found.url or found.extras or found.marker:
        raise click.UsageError(f"`{word}` says more than a name and versions; see --source and --git")
    return canonicalize_name(found.name), word.replace(" ", "").removeprefix(found.name) if found.specifier else ""


def known(path: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Plugins of the site file. Raises HostError with all that are none."""
    from packaging.utils import canonicalize_name

    from pulp_quadlet.config.read import read

    source = load(path)
    plugins = read(source.text, source.path).plugins
    asked = tuple(dict.fromkeys(str(canonicalize_name(name)) for name in names))
    _refuse_unknown(asked, plugins, "plugin-unknown", "the site has no plugin {name}", "it has")
    return asked


def plugins_alone(names: Iterable[str]) -> tuple[str, ...]:
    """The same names, if each is one of a plugin. Raises HostError."""
    asked = tuple(names)
    if CORE in asked:
        raise HostError(
            Problem(
                code="core-is-no-plugin",
                message="pulpcore is what loads the plugins; it stands in `[plugins]` for its version alone",
                help=("take its line out of the site file yourself, if any version will do",),
            )
        )
    return asked


def locked(path: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Packages of the lock, or plugins that are not locked yet. Raises HostError with all that are none."""
    from packaging.utils import canonicalize_name

    from pulp_quadlet.config.read import read
    from pulp_quadlet.locking.pylock import read_lock
    from pulp_quadlet.paths import lock_path

    source = load(path)
    lock = read_lock(source.lock, lock_path(source.path)) if source.lock else None
    there = {*read(source.text, source.path).plugins, *(each.name for each in (lock.packages if lock else ()))}
    asked = tuple(dict.fromkeys(str(canonicalize_name(name)) for name in names))
    _refuse_unknown(asked, sorted(there), "package-unknown", "the image has no package {name}", "")
    return asked


def _refuse_unknown(asked: Iterable[str], there: Iterable[str], code: str, message: str, it_has: str) -> None:
    from pulp_quadlet.config.diagnosis.suggest import closest

    has = tuple(there)
    problems = []
    for name in asked:
        if name not in has:
            meant = closest(name, has)
            notes = (f"{it_has} {', '.join(has) or 'none'}",) if it_has else ()
            help_ = (f"did you mean `{meant}`?",) if meant else ()
            problems.append(Problem(code=code, message=message.format(name=name), notes=notes, help=help_))
    if problems:
        raise HostError(*problems)


async def holdings(applied: Generation | None, leaving: tuple[str, ...]) -> Holdings | None:
    """What these plugins have in the database, of those that are applied; None where none is. Raises HostError."""
    from pulp_quadlet.host import plugin_data

    there = tuple(name for name in leaving if applied and name in applied.deployment.plugins)
    return await plugin_data.holdings(applied, there) if applied and there else None


def demand_a_dump(applied: Generation, found: Holdings) -> None:
    """A database elsewhere is not dumped by us, and what is removed could not be brought back. Raises HostError."""
    from pulp_quadlet.planning.migration import advice

    if any(each.role == "database" for each in applied.deployment.services):
        return
    raise HostError(
        Problem(
            code="not-dumped",
            message="what is removed cannot be brought back",
            notes=advice(found.database),
            help=("dump it, then say --yes", "or leave what the plugin has where it is, with --keep-data"),
        )
    )


def applied(path: Path) -> Generation | None:
    """What is applied of a site on this host."""
    from pulp_quadlet.config.read import read
    from pulp_quadlet.host.generations import Generations

    source = load(path)
    generations, site = Generations(), read(source.text, source.path).site.name
    current = generations.current(site)
    return generations.read(site, current) if current else None
