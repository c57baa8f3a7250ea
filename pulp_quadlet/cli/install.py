"""install-agent, for those who have pulp-quadlet from PyPI. A package of a distribution brings these files itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulp_quadlet.cli.options import json_option
from pulp_quadlet.cli.output import say, say_json

if TYPE_CHECKING:
    from pulp_quadlet.model.target import SelinuxTarget


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
    from pulp_quadlet.host.agent_files import install, load
    from pulp_quadlet.host.policy.selinux import Selinux

    where = root.resolve()
    policy = Selinux().target() if where == Path("/") else None
    installed = install(where)
    if policy:
        _confine(policy)
    if installed.live:
        load()
    if as_json:
        say_json(
            {
                "files": list(installed.files),
                "loaded": installed.live,
                "confined": policy is not None,
                "packaged": installed.packaged,
                "removed": list(installed.removed),
            }
        )
        return
    for path in installed.files:
        say(path)
    for path in installed.removed:
        say(f"{path} is removed: it hid a file of the package")
    if installed.packaged:
        say("The package has brought the files; nothing was written.")
    if policy:
        say("The SELinux module that confines the agent is loaded.")
    say("The agent starts when it is called." if installed.live else "The agent starts there when it is called.")


def _confine(target: SelinuxTarget) -> None:
    """The agent has to be confined before it is called: unconfined, it could not answer on hosts whose policy confines
    all else. Files that were written just now get their labels.
    """
    from pulp_quadlet.cli.bus import play
    from pulp_quadlet.errors import HostError
    from pulp_quadlet.host.agent_files import WRITTEN
    from pulp_quadlet.host.policy.selinux import Selinux
    from pulp_quadlet.selinux.flavour import facts_of
    from pulp_quadlet.selinux.module import base

    try:
        play(Selinux().confine_agent(base(facts_of(target))))
    except HostError as error:
        raise HostError(*error.problems, outcome=WRITTEN) from error


COMMANDS = (install_agent,)
