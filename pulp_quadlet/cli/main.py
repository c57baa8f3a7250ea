"""The composition root of the command line: the commands, and the one place where errors end."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from pulp_quadlet import __version__
from pulp_quadlet.cli import boot, changes, images, install, offline, onhost, plugin, removal, selinux
from pulp_quadlet.cli.output import tell_error
from pulp_quadlet.errors import ExitCode, PulpQuadletError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pulp-quadlet")
def cli() -> None:
    """One TOML file is your Pulp: it is compiled into Podman Quadlet units, and applied.

    \b
    Exit status: 0 done; 1 the host failed; 2 the site file is wrong; 3 Pulp is not healthy;
    4 the host changed meanwhile; 5 the agent cannot be reached; 6 this user may not do it;
    7 there is or was something to do, and --detailed-exit-code was given; 8 an audit found something;
    64 wrong command line; 70 a bug in pulp-quadlet.
    """  # noqa: D301  # click reads the backspace as "do not wrap"


for command in (
    *offline.COMMANDS,
    *onhost.COMMANDS,
    *changes.COMMANDS,
    *plugin.COMMANDS,
    *removal.COMMANDS,
    *boot.COMMANDS,
    *selinux.COMMANDS,
    *images.COMMANDS,
    *install.COMMANDS,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run a command. No traceback reaches the user: whatever goes wrong is told, and how to report a bug."""
    try:
        sys.exit(cli(standalone_mode=False) or ExitCode.DONE)
    except PulpQuadletError as error:
        tell_error(error, as_data="--json" in sys.argv)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.DONE)
    except Exception as error:  # noqa: BLE001  # the composition root: see the docstring
        _tell_bug(error)
        sys.exit(ExitCode.BUG)


def _tell_bug(error: Exception) -> None:
    import os
    import traceback

    if os.environ.get("PULP_QUADLET_DEBUG"):
        traceback.print_exc()
    sys.stderr.write(
        f"bug: {type(error).__name__}: {error}\n"
        "   = help: this is a mistake of pulp-quadlet, not yours\n"
        "   = help: run it again with PULP_QUADLET_DEBUG=1, and report what it prints\n"
    )
