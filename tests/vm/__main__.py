"""The virtual machine from a shell: `python -m tests.vm up`, `run -- getenforce`, `down`."""

from __future__ import annotations

import argparse
import sys

from tests.lab import host
from tests.lab.command import CommandError
from tests.lab.guest import MachineError
from tests.lab.progress import step
from tests.vm import provide
from tests.vm.vm import Vm


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return _do(arguments)
    except (CommandError, MachineError, host.UnfitHostError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.vm", description="A computer with SELinux, for tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("status", help="list the machines")
    named = {
        "up": "make and boot a machine that has the default site, not yet applied with its policy",
        "confine": "load the policy and apply the site in it",
        "run": "run a command in a machine: run -- COMMAND...",
        "shell": "open a shell in a machine",
        "down": "remove a machine, whatever is left of it",
    }
    for verb, summary in named.items():
        command = verbs.add_parser(verb, help=summary)
        command.add_argument("--name", default="vm", help="which machine (default: %(default)s)")
        if verb == "run":
            command.add_argument("--timeout", type=float, default=600.0, help="seconds (default: %(default)g)")
            command.add_argument("command", nargs="+")
    return parser


def _do(arguments: argparse.Namespace) -> int:
    host.check()
    if arguments.verb == "status":
        return _status()
    vm = Vm(arguments.name, provide.fill)
    match arguments.verb:
        case "up":
            _up(vm)
        case "confine":
            provide.confine(vm)
        case "run":
            return _run(vm, arguments.command, arguments.timeout)
        case "shell":
            return vm.shell()
        case "down":
            with step(f"destroy {vm.name}"):
                vm.destroy()
    return 0


def _up(vm: Vm) -> None:
    if vm.state == "half made":  # by a run that was killed
        vm.destroy()
    if vm.state == "absent":
        vm.create()
    if vm.state == "stopped":
        vm.boot()


def _run(vm: Vm, argv: list[str], timeout: float) -> int:
    result = vm.run(argv, check=False, timeout=timeout)
    sys.stdout.write(result.stdout)
    sys.stderr.write(result.stderr)
    return result.status


def _status() -> int:
    names = sorted(folder.name for folder in Vm.HOME.iterdir()) if Vm.HOME.exists() else []
    for name in names:
        vm = Vm(name)
        sys.stdout.write(f"{name}: {vm.state}, network namespace {vm.netns}\n")
    if not names:
        sys.stdout.write("no machine\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
