"""The lab from a shell: `python -m tests.lab up`, `run -- podman ps`, `down`."""

from __future__ import annotations

import argparse
import sys

from tests.lab import base_image, host
from tests.lab.command import CommandError
from tests.lab.forward import PortTakenError, forwarded
from tests.lab.guest import MachineError
from tests.lab.machine import STATE, Machine
from tests.lab.progress import step


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return _do(arguments)
    except (CommandError, MachineError, PortTakenError, host.UnfitHostError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="A disposable machine for tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("deps", help="install what the lab needs on this host")
    verbs.add_parser("status", help="list the machines")
    named = {
        "up": "make and boot a machine",
        "run": "run a command in a machine: run -- COMMAND...",
        "shell": "open a shell in a machine",
        "forward": "let the host reach a port of a machine at its own 127.0.0.1",
        "down": "remove a machine, whatever is left of it",
    }
    for verb, summary in named.items():
        command = verbs.add_parser(verb, help=summary)
        command.add_argument("--name", default="lab", help="which machine (default: %(default)s)")
        if verb == "run":
            command.add_argument("command", nargs="+")
        if verb == "forward":
            command.add_argument("port", type=int)
    return parser


def _do(arguments: argparse.Namespace) -> int:
    if arguments.verb == "deps":
        return _deps()
    host.check()
    if arguments.verb == "status":
        return _status()
    machine = Machine(arguments.name)
    match arguments.verb:
        case "up":
            _up(machine)
        case "run":
            status = machine.attach(arguments.command)
            return status if status >= 0 else 128 - status  # killed by a signal: as a shell tells it
        case "shell":
            return machine.shell()
        case "forward":
            machine.forward(arguments.port)
        case "down":
            with step(f"destroy {machine.name}"):
                machine.destroy()
    return 0


def _deps() -> int:
    with step("look for what the lab needs"):
        installed = host.install_missing_packages()
    sys.stdout.write(f"installed: {' '.join(installed) or 'nothing, all was there'}\n")
    return 0


def _up(machine: Machine) -> None:
    if machine.state == "half made":  # by a run that was killed
        machine.destroy()
    if machine.state == "absent":
        machine.create()
    if machine.state == "stopped":
        machine.boot()
    base_image.load(machine)


def _status() -> int:
    names = sorted(folder.name for folder in STATE.iterdir()) if STATE.exists() else []
    for name in names:
        machine = Machine(name)
        ports = ", ".join(f"port {port}" for port in forwarded(name)) or "no port"
        sys.stdout.write(f"{name}: {machine.state}, network namespace {machine.netns}, {ports} forwarded\n")
    if not names:
        sys.stdout.write("no machine\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
