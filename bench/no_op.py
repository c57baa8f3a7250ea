"""What `pulp-quadlet apply` costs when nothing is to be done: the processor time of all its processes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from bench import lab
from tests.lab.machine import Machine
from tests.lab.progress import step

ROUNDS = 9
LIBRARIES = "import asyncio, json, click, dbus_next.aio"
_USED = "/root/used.py"
# The last of these folders is written anew whenever systemd reads its units again.
_WATCHED = "/etc/pulp-quadlet /etc/containers /etc/systemd/system /etc/tmpfiles.d /run/systemd/generator"


def main(machine: Machine) -> None:
    """With an agent that is there from the last call, and without one, which must not be started for it."""
    _prepare(machine)
    libraries = lab.in_turn(machine, {"libraries": [lab.PYTHON, "-c", LIBRARIES]}, ROUNDS)["libraries"]
    load = median(run.cpu for run in libraries)
    sys.stdout.write(f"{'':18}{'command':>12}{'agent':>12}{'together':>12}{'ratio':>8}{'machine':>12}{'wall':>12}\n")
    before = _footprint(machine)
    for what, fresh in (("agent there", False), ("no agent", True)):
        found = _measured(machine, fresh=fresh)
        together = [each["client"] + each["agent"] for each in found]
        command, agent, whole, wall = (
            median(each[name] for each in found) * 1000 for name in ("client", "agent", "machine", "wall")
        )
        sum_ = median(together) * 1000
        ratio = median(together) / load
        sys.stdout.write(
            f"{what:18}{command:>9.0f} ms{agent:>9.0f} ms{sum_:>9.0f} ms{ratio:>8.2f}{whole:>9.0f} ms{wall:>9.0f} ms\n"
        )
    sys.stdout.write(f"importing {LIBRARIES.removeprefix('import ')}: {load * 1000:.0f} ms\n")
    touched = before ^ _footprint(machine)
    sys.stdout.write(f"files and folders touched: {len(touched)}\n")
    for line in sorted(touched):
        sys.stdout.write(f"  {line}\n")


def _prepare(machine: Machine) -> None:
    with step("apply the default site"):
        machine.run(["sh", "-ec", "test -e /etc/pulp-quadlet/site.toml || pulp-quadlet init"])
        machine.run(["pulp-quadlet", "apply"], timeout=1200)
    machine.copy_in(Path(__file__).with_name("used.py"), _USED)


def _measured(machine: Machine, *, fresh: bool) -> list[dict[str, float]]:
    asked = {"rounds": ROUNDS, "command": [lab.PROGRAM, "apply"], "fresh": fresh}
    said = machine.run(["/usr/bin/python3", _USED], input=json.dumps(asked).encode(), timeout=300)
    found: Any = json.loads(said.stdout)
    return list(found)


def _footprint(machine: Machine) -> set[str]:
    """Names, times of content and times of change. A reload of systemd would be seen by the last folder."""
    script = f"find {_WATCHED} -printf '%p %l %m %T@ %C@\\n'"
    return set(machine.run(["sh", "-ec", script]).stdout.splitlines())


if __name__ == "__main__":
    lab.alone(main)
