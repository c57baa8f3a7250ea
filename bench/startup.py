"""What `pulp-quadlet check` of the first site file costs, beside what it cannot do without: its libraries, Podman's
generator and systemd's verifier.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

from bench import lab, measure
from tests.lab.command import run
from tests.lab.machine import Machine

ROUNDS = 15
IMPORTS = "import click, pydantic; from pydantic import BaseModel; import jinja2"
OURS = Path(sys.executable).with_name("pulp-quadlet")

_SITE = "/root/bench/site.toml"
_UNITS = "/root/bench/units"
_GENERATOR = "/usr/libexec/podman/quadlet"
# The services stand beside the sockets, as `check` puts them.
_PREPARE = f"""
rm -rf {_UNITS}; mkdir -p {_UNITS}
test -e {_SITE} || pulp-quadlet init -f {_SITE}
pulp-quadlet render -f {_SITE} -o {_UNITS}
QUADLET_UNIT_DIRS={_UNITS}/quadlet {_GENERATOR} {_UNITS}/systemd
"""
_VERIFY = f"""
QUADLET_UNIT_DIRS={_UNITS}/quadlet {_GENERATOR} -dryrun
SYSTEMD_UNIT_PATH={_UNITS}/systemd: systemd-analyze verify --man=no --generators=no --recursive-errors=no \
    {_UNITS}/systemd/*.*
"""


def main(machine: Machine) -> None:
    """On this host, and in the machine."""
    sys.stdout.write(f"{measure.head('check', 'without us')}\n")
    sys.stdout.write(f"{_on_this_host()}\n")
    for line in _in_the_machine(machine):
        sys.stdout.write(f"{line}\n")


def _on_this_host() -> str:
    with tempfile.TemporaryDirectory() as folder:
        site = f"{folder}/site.toml"
        run([str(OURS), "init", "-f", site])
        commands = {
            "check": [sys.executable, str(OURS), "check", "-f", site, "--podman", "5.4"],
            "libraries": [sys.executable, "-c", IMPORTS],
        }
        measured = measure.in_turn(commands, ROUNDS)
    return measure.row("here, against importing its libraries", measured["check"], measured["libraries"])


def _in_the_machine(machine: Machine) -> tuple[str, ...]:
    machine.run(["sh", "-ec", _PREPARE], timeout=120)
    libraries = shlex.join([lab.PYTHON, "-c", IMPORTS])
    commands = {
        "check": [lab.PROGRAM, "check", "-f", _SITE],
        "libraries": [lab.PYTHON, "-c", IMPORTS],
        "verifiers": ["sh", "-ec", _VERIFY],
        "both": ["sh", "-ec", f"{libraries}\npodman --version\n{_VERIFY}"],
    }
    measured = lab.in_turn(machine, commands, ROUNDS)
    return (
        measure.row("machine, against importing its libraries", measured["check"], measured["libraries"]),
        measure.row("  against generator and systemd-analyze", measured["check"], measured["verifiers"]),
        measure.row("  against all of these", measured["check"], measured["both"]),
    )


if __name__ == "__main__":
    lab.alone(main)
