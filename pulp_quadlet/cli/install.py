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

    where = root.resolve()
    confined = where == Path("/") and _confined()
    installed = install(where)
    if as_json:
        say_json(
            {
                "files": list(installed.files),
                "loaded": installed.loaded,
                "confined": confined,
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
    if confined:
        say("The SELinux module that confines the agent is loaded.")
    say("The agent starts when it is called." if installed.loaded else "The agent starts there when it is called.")


def _confined() -> bool:
    """Where there is SELinux, the agent has to be confined before it is called: unconfined, it could not answer on
    hosts whose policy confines all else. False where there is none.
    """
    from pulp_quadlet.cli.bus import play
    from pulp_quadlet.host.selinux import Selinux

    selinux = Selinux()
    target = selinux.target()
    if target is None:
        return False
    from pulp_quadlet.selinux.flavour import facts_of
    from pulp_quadlet.selinux.module import base

    play(selinux.confine_agent(base(facts_of(target))))
    return True


COMMANDS = (install_agent,)
