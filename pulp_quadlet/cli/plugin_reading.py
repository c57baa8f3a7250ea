"""What a site has of plugins and packages, and what it could have: plugin list, why, outdated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulp_quadlet.cli.bus import play
from pulp_quadlet.cli.candidate import demand_build, demand_root
from pulp_quadlet.cli.options import host_option, json_option, site_option
from pulp_quadlet.cli.output import Progress, say, say_json
from pulp_quadlet.config.source import SourceText, load
from pulp_quadlet.errors import HostError, Problem

if TYPE_CHECKING:
    from pulp_quadlet.config.image_tables import PluginTable
    from pulp_quadlet.config.tables import Site
    from pulp_quadlet.locking.holders import Held
    from pulp_quadlet.model.lock import Lock
    from pulp_quadlet.report.plugins import Row


@click.command(name="list")
@site_option
@json_option
def list_(path: Path, as_json: bool) -> None:
    """List the plugins of the site: what is asked for, what is locked, and what runs."""
    from pulp_quadlet.config.read import read
    from pulp_quadlet.report.plugins import rows_json, rows_text

    source = load(path)
    site = read(source.text, source.path)
    lock, running = lock_beside(source), _applied(site.site.name)
    rows = [_row(name, table, site, lock, running) for name, table in site.plugins.items()]
    say_json(rows_json(rows)) if as_json else say(rows_text(rows))


@click.command()
@click.argument("package")
@site_option
@json_option
def why(package: str, path: Path, as_json: bool) -> None:
    """Say which requirements bring a package into the image, and who lets no newer one in."""
    from packaging.utils import canonicalize_name

    from pulp_quadlet.config.diagnosis.suggest import closest
    from pulp_quadlet.locking.chains import reason
    from pulp_quadlet.report.plugins import reason_json, reason_text

    source = load(path)
    lock = lock_beside(source)
    if lock is None:
        raise _no_lock(source.path)
    name = canonicalize_name(package)
    found = reason(lock, name)
    if found is None:
        meant = closest(name, (each.name for each in lock.packages))
        raise HostError(
            Problem(
                code="package-unknown",
                message=f"the image has no package {name}",
                notes=(f"{len(lock.packages)} packages are locked",),
                help=(f"did you mean `{meant}`?",) if meant else (),
            )
        )
    say_json(reason_json(found)) if as_json else say(reason_text(found))


@click.command()
@site_option
@host_option
@json_option
def outdated(path: Path, host: str | None, as_json: bool) -> None:
    """Say what `upgrade` would move, and who holds what back. Nothing is changed."""
    demand_root(os.geteuid())
    told = play(_outdated(path, host, quiet=as_json))
    say_json(told) if as_json else say(told["text"])


async def _outdated(path: Path, host: str | None, *, quiet: bool) -> dict[str, Any]:
    from pulp_quadlet import pipeline, relock
    from pulp_quadlet.host.machine import Machine
    from pulp_quadlet.locking.holders import holders, wall, without
    from pulp_quadlet.locking.keep import ALL
    from pulp_quadlet.locking.question import question
    from pulp_quadlet.report.plugins import moves_json, moves_text, wall_text

    progress = Progress(quiet=quiet)
    machine = Machine(listener=progress.line)
    compiled = pipeline.compile_site(load(path), await machine.target(host))
    demand_build(compiled.site, compiled.source.path)
    progress.noted("pip looks for the newest versions that go together")
    new = await relock.relock(compiled, machine, (ALL,))
    plugins = tuple(name for name in compiled.deployment.plugins if new.lock.package(name))
    next_step = wall(new.lock)
    strict = frozenset(next_step[1]) & set(plugins) if next_step else frozenset()
    held: tuple[Held, ...] = ()
    image = relock.pulp_image(compiled)
    if strict and strict != set(plugins) and image and image.packages:
        progress.noted(f"and those without {', '.join(sorted(strict))}")
        free = await relock.solved(compiled, machine, question(image.packages, strict))
        core = free.package("pulpcore")
        held = without(holders(new.lock, "pulpcore", core.version), free) if core else ()
    progress.clear()
    lines = [moves_text(new.moves, held) or "All packages are as new as they can be together."]
    lines.append(wall_text(next_step, plugins))
    limit = {"pulpcore_below": next_step[0], "by": list(next_step[1])} if next_step else None
    return {**moves_json(new.moves, held), "wall": limit, "text": "\n".join(lines)}


def lock_beside(source: SourceText) -> Lock | None:
    """The lock beside a site file, whether or not it fits. Raises SiteError where it is none."""
    from pulp_quadlet.locking.pylock import read_lock
    from pulp_quadlet.paths import lock_path

    return read_lock(source.lock, lock_path(source.path)) if source.lock else None


def _applied(site: str) -> Lock | None:
    """That of the generation that is applied here; None where there is none, or it may not be read."""
    from pulp_quadlet.host.generations import Generations
    from pulp_quadlet.locking.pylock import read_lock

    generations = Generations()
    try:
        current = generations.current(site)
        text = generations.origin(site).lock_text if current else ""
    except PermissionError:
        return None
    return read_lock(text, f"generation {current}") if text else None


def _row(name: str, table: PluginTable, site: Site, lock: Lock | None, running: Lock | None) -> Row:
    from pulp_quadlet.report.plugins import Row

    versions = [found.version if lock and (found := lock.package(name)) else "" for lock in (lock, running)]
    git = f"{table.git}@{table.rev}" if table.rev else table.git
    elsewhere = f"image {site.image.pulp}" if site.image.source != "build" else "index"
    return Row(
        name=name,
        asked=table.version or "*",
        locked=versions[0],
        running=versions[1],
        enabled=table.enabled,
        source=table.source or git or elsewhere,
    )


def _no_lock(path: str) -> HostError:
    return HostError(
        Problem(
            code="no-lock",
            message=f"{path} has no lock yet, so no package is chosen",
            help=("`pulp-quadlet apply` makes one, as `pulp-quadlet plugin upgrade` does",),
        )
    )


COMMANDS = (list_, why, outdated)
