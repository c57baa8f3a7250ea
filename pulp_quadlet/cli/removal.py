"""The command that lets the agent remove a site from this host: uninstall."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from pulp_quadlet.cli.bus import absolute, options, play, the_agent
from pulp_quadlet.cli.changes import changed
from pulp_quadlet.cli.options import json_option, site_option
from pulp_quadlet.cli.output import say, say_json

_UNLOADS_WITHIN = 300.0  # seconds


@click.command()
@site_option
@click.option("--all", "everything", is_flag=True, help="All sites of this host, whatever the site file says.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def uninstall(path: Path, everything: bool, yes: bool, as_json: bool) -> None:
    """Stop Pulp and remove all of it from this host, but its data and its secrets."""
    from pulp_quadlet.model.codec import from_data
    from pulp_quadlet.model.inventory import Inventory
    from pulp_quadlet.report.inventory import inventory_text, uninstalled_text

    given = options(all=everything)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise click.UsageError("nobody can be asked here: say --yes")
        found = play(_stock(path, given))
        say(inventory_text(found["sites"]))
        if not any(from_data(Inventory, site).is_there for site in found["sites"]):
            return
        click.confirm("Remove it?", abort=True)
    done = play(changed("Uninstall", "sa{sv}", absolute(path), given, as_json=as_json))
    if done["unloads"]:
        _wait_for_the_unloader()
    say_json(done) if as_json else say(uninstalled_text(done["sites"]))


async def _stock(path: Path, given: dict[str, Any]) -> dict[str, Any]:
    async with the_agent() as agent:
        return await agent.ask("Inventory", absolute(path), given)


def _wait_for_the_unloader() -> None:
    """The shared SELinux module leaves when the agent, which it confines, has ended."""
    from pulp_quadlet.host.command import run
    from pulp_quadlet.host.removal import UNLOADER

    end = time.monotonic() + _UNLOADS_WITHIN
    while run(("systemctl", "is-active", UNLOADER)).stdout.strip() in {"active", "activating"}:
        if time.monotonic() > end:
            sys.stderr.write(f"warning: {UNLOADER} still removes the shared SELinux module\n")
            return
        time.sleep(0.5)


COMMANDS = (uninstall,)
