"""Commands about SELinux: what was denied and why, and what packages need."""

from __future__ import annotations

import click

from pulp_quadlet.cli.options import json_option


@click.group()
def selinux() -> None:
    """See what SELinux does with Pulp."""


@selinux.command()
@click.option("--end-agent", is_flag=True, help="End the agent first, which the module confines.")
@json_option
def unload(end_agent: bool, as_json: bool) -> None:
    """Remove the module that all sites share, if no site needs it any more. `uninstall` does so by itself."""
    from pulp_quadlet.cli.bus import play
    from pulp_quadlet.cli.output import say, say_json
    from pulp_quadlet.host.selinux import Selinux, end_the_agent

    if end_agent:
        end_the_agent()
    removed = play(Selinux().unload())
    if as_json:
        say_json({"removed": removed})
    else:
        say("It is removed." if removed else "Nothing was removed: it is not loaded, or a site needs it.")


COMMANDS = (selinux,)
