"""install-agent, for those who have pulp-quadlet from PyPI. A package of a distribution brings these files itself."""

from __future__ import annotations

from pathlib import Path

import click

from pulp_quadlet.cli.options import json_option
from pulp_quadlet.cli.output import say, say_json


@click.command(name="install-agent")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("/"),
    show_default=True,
    help="Write below this folder, such as an image, instead of this running system.",
)
@json_option
def install_agent(root: Path, as_json: bool) -> None:
    """Write the files by which the message bus and systemd start the agent. Packages bring them already."""
    from pulp_quadlet.host.agent_files import install

    installed = install(root.resolve())
    if as_json:
        say_json({"files": list(installed.files), "loaded": installed.loaded})
        return
    for path in installed.files:
        say(path)
    say("The agent starts when it is called." if installed.loaded else "The agent starts there when it is called.")


COMMANDS = (install_agent,)
