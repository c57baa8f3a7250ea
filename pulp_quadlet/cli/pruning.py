"""The command that removes images and wheels which nothing needs any more: prune."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulp_quadlet.cli.bus import play
from pulp_quadlet.cli.options import json_option
from pulp_quadlet.cli.output import say, say_json

if TYPE_CHECKING:
    from pulp_quadlet.host.generations import Generations


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@json_option
def prune(dry_run: bool, as_json: bool) -> None:
    """Remove images and wheels that no kept generation of any site needs. `apply` does so by itself."""
    from pulp_quadlet.host.generations import Generations
    from pulp_quadlet.host.root import need_root
    from pulp_quadlet.report.images import pruned_text

    need_root()
    generations = Generations()
    with ExitStack() as stack:
        for site in _changing(generations):  # what a change has just built is in no generation yet
            stack.enter_context(generations.locked(site))
        told = play(_pruned(generations, dry_run=dry_run))
    say_json(told) if as_json else say(pruned_text(told))


async def _pruned(generations: Generations, *, dry_run: bool) -> dict[str, Any]:
    from pulp_quadlet.host.images import pruning
    from pulp_quadlet.host.images.bills import Bills
    from pulp_quadlet.paths import WHEELHOUSE

    home = Path(WHEELHOUSE)
    found = await pruning.find(generations, home)
    size = await asyncio.to_thread(pruning.weight, found, home)
    if not dry_run:
        await pruning.remove(found, home)
        await Bills().forget_gone(found.images)
    return {"dry_run": dry_run, "images": list(found.images), "wheels": list(found.wheels), "bytes": size}


def _changing(generations: Generations) -> list[str]:
    """Sites that somebody has begun to change, also for the first time."""
    from pulp_quadlet.paths import HOME

    return sorted(path.parent.name for path in generations.below(HOME).glob("*/lock"))
