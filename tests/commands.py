"""All commands, with those of groups by both their words."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pulp_quadlet.cli.main import cli


def _named(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            assert command.help, name
            yield from _named(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(sorted(_named(cli)))
