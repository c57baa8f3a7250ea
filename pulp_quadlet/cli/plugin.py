"""The command group `plugin`: any combination of plugins, each by one command."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulp_quadlet.cli import plugin_reading, plugin_words
from pulp_quadlet.cli.bus import play
from pulp_quadlet.cli.candidate import Edit, candidate, demand_root, refuse_older, settle
from pulp_quadlet.cli.changes import told
from pulp_quadlet.cli.options import host_option, json_option, site_option
from pulp_quadlet.cli.output import Progress, say, say_json
from pulp_quadlet.errors import ExitCode

if TYPE_CHECKING:
    from pulp_quadlet.config.image_tables import PluginTable
    from pulp_quadlet.config.tables import Site

dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.group()
def plugin() -> None:
    """Choose the plugins of the site: in its file, in its image, and in what runs."""


@click.command()
@click.argument("plugins", nargs=-1, required=True, metavar="NAME[RANGE]...")
@click.option("--source", metavar="DIR", type=click.Path(path_type=Path), help="Install it from this checkout.")
@click.option("--git", metavar="URL", help="Install it from this git repository.")
@click.option("--rev", metavar="REV", help="The branch, tag or commit of --git.")
@dry_run_option
@site_option
@host_option
@json_option
def add(  # noqa: PLR0913, PLR0917  they are options
    plugins: tuple[str, ...],
    source: Path | None,
    git: str | None,
    rev: str | None,
    dry_run: bool,
    path: Path,
    host: str | None,
    as_json: bool,
) -> int:
    """Add plugins, or say something else of those that are there, and apply it."""
    from pulp_quadlet.config.image_tables import PluginTable

    asked = plugin_words.wanted_plugins(plugins, source, git, rev)

    def edit(site: Site) -> Mapping[str, PluginTable]:
        there = {name: site.plugins.get(name, PluginTable.model_construct()) for name in asked}
        return {**site.plugins, **{name: said or there[name] for name, said in asked.items()}}

    return _changed(path, host, edit, dry_run=dry_run, as_json=as_json)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--keep-data", is_flag=True, help="Leave what it has in the database, for when it comes again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@dry_run_option
@site_option
@host_option
@json_option
def remove(  # noqa: PLR0913, PLR0917  they are options
    names: tuple[str, ...],
    keep_data: bool,
    yes: bool,
    dry_run: bool,
    path: Path,
    host: str | None,
    as_json: bool,
) -> int:
    """Remove plugins with their repositories and content. The database is dumped first."""
    from pulp_quadlet.report.plugins import data_text

    quietly = yes or dry_run
    if not quietly and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody can be asked here: say --yes")
    leaving = plugin_words.plugins_alone(plugin_words.known(path, names))
    demand_root(os.geteuid())
    now = None if keep_data else plugin_words.applied(path)
    found = play(plugin_words.holdings(now, leaving))
    data = found.plugins if found else ()
    if data and not as_json:
        say(data_text(data))
    elif now and not as_json:
        say(f"Nothing of {', '.join(leaving)} is in what is applied, so nothing is removed from the database.")
    if now and found and data and not quietly:
        plugin_words.demand_a_dump(now, found)

    def edit(site: Site) -> Mapping[str, PluginTable]:
        return {name: table for name, table in site.plugins.items() if name not in leaving}

    going = tuple(each.package for each in data)
    return _changed(path, host, edit, remove=going, asks=not quietly, dry_run=dry_run, as_json=as_json)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@dry_run_option
@site_option
@host_option
@json_option
def upgrade(names: tuple[str, ...], dry_run: bool, path: Path, host: str | None, as_json: bool) -> int:
    """Move to the newest versions that go together: all packages, or those that are named."""
    from pulp_quadlet.locking.keep import ALL

    moving = plugin_words.locked(path, names) if names else (ALL,)
    return _changed(path, host, lambda site: site.plugins, upgrade=moving, dry_run=dry_run, as_json=as_json)


@click.command()
@click.argument("name")
@site_option
@host_option
@json_option
def enable(name: str, path: Path, host: str | None, as_json: bool) -> int:
    """Let Pulp load a plugin that was off."""
    return _switched(path, host, name, on=True, as_json=as_json)


@click.command()
@click.argument("name")
@site_option
@host_option
@json_option
def disable(name: str, path: Path, host: str | None, as_json: bool) -> int:
    """Let Pulp do without a plugin, which stays in the image and keeps its data. Nothing is built."""
    return _switched(path, host, name, on=False, as_json=as_json)


def _switched(path: Path, host: str | None, name: str, *, on: bool, as_json: bool) -> int:
    [switched] = plugin_words.plugins_alone(plugin_words.known(path, (name,)))

    def edit(site: Site) -> Mapping[str, PluginTable]:
        return {**site.plugins, switched: site.plugins[switched].model_copy(update={"enabled": on})}

    return _changed(path, host, edit, as_json=as_json)


def _changed(  # noqa: PLR0913  they are the parts of a change
    path: Path,
    host: str | None,
    edit: Edit,
    *,
    upgrade: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
    asks: bool = False,
    dry_run: bool = False,
    as_json: bool,
) -> int:
    """Work it out, say it, and do it."""
    from pulp_quadlet.host.machine import Machine
    from pulp_quadlet.report.plan import plan_json, plan_text
    from pulp_quadlet.report.plugins import moves_json, moves_text

    demand_root(os.geteuid())
    progress = Progress(quiet=as_json)
    machine = Machine(listener=progress.line)
    working_out = candidate(path, edit, machine, host_name=host, upgrade=upgrade, remove=remove, progress=progress)
    found = play(working_out)
    plan, moved = plan_json(found.change.plan), moves_json(found.moves, found.held)
    if not as_json:
        say("\n".join(filter(None, (moves_text(found.moves, found.held), plan_text(plan)))))
        sys.stdout.flush()
    if dry_run:
        if as_json:
            say_json({"plan": found.plan_id, **plan, **moved})
        return ExitCode.DONE
    refuse_older(found)
    if asks:
        click.confirm("Do it?", abort=True)
    done = play(settle(found, host, as_json=as_json))
    return told({**done, **moved} if as_json else done, as_json=as_json)


for command in (*plugin_reading.COMMANDS, add, remove, upgrade, enable, disable):
    plugin.add_command(command)

COMMANDS = (plugin,)
