"""From nothing running and an empty database to a Pulp with everything online: our units beside hand-written ones."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import lab
from tests.lab.machine import Machine
from tests.lab.progress import step

ROUNDS = 3
HERE = Path(__file__).parent

_HAND = """
for role in pulp postgres cache web; do
    podman tag "$(podman images --format '{{.Repository}}:{{.Tag}}' | grep -m1 "^localhost/pulp-quadlet/$role:")" \
        localhost/handwritten/$role
done
secret() { podman secret exists $1 || podman secret create $1 - >/dev/null; }
head -c 24 /dev/urandom | base64 | tr -d '\\n' | secret hand-db-password
head -c 48 /dev/urandom | base64 | tr -d '\\n' | secret hand-secret-key
head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\\n' | secret hand-fields-key
mkdir -p /etc/containers/systemd/hand /srv/hand
cp /root/handwritten/*.container /root/handwritten/*.network /etc/containers/systemd/hand/
cp /root/handwritten/hand.target /etc/systemd/system/
cp -r /root/handwritten/config /srv/hand/
cd /etc/containers/systemd/hand
for each in hand-*@.container; do
    ln -sf $each ${each%.container}1.container
    ln -sf $each ${each%.container}2.container
done
systemctl daemon-reload
"""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two stacks."""

    name: str
    target: str
    units: str
    data: str
    port: int


OURS = Side("ours", "pulp.target", "pulp*", "/var/lib/pulp-quadlet/pulp", 8080)
HAND = Side("hand-written", "hand.target", "hand*", "/srv/hand", 8090)


def main(machine: Machine) -> None:
    """Both in turn, and where the time of the last round went."""
    prepare(machine)
    runs: dict[Side, list[Any]] = {OURS: [], HAND: []}
    for number in range(1, ROUNDS + 1):
        for side, found in runs.items():
            _wipe(machine)
            with step(f"round {number}: start {side.name}"):
                found.append(start(machine, side))
    _wipe(machine)
    sys.stdout.write(f"{'':20}{OURS.name:>14}{HAND.name:>14}{'ratio':>9}\n")
    for what in ("first page", "all online", "CPU"):
        ours, hand = ([run["times"][what] for run in runs[side]] for side in (OURS, HAND))
        ratio = median(our / their for our, their in zip(ours, hand, strict=True))
        sys.stdout.write(f"{what:20}{median(ours):>12.1f} s{median(hand):>12.1f} s{ratio:>9.2f}\n")
    for side, found in runs.items():
        _tell_units(side, found[-1]["units"])


def prepare(machine: Machine) -> None:
    """Our site as `apply` makes it, whose images the hand-written units use too."""
    with step("apply the default site"):
        machine.run(["sh", "-ec", "test -e /etc/pulp-quadlet/site.toml || pulp-quadlet init"])
        machine.run(["pulp-quadlet", "apply"], timeout=1200)
    with step("install the hand-written units"):
        machine.copy_in(HERE / "handwritten", "/root/handwritten")
        machine.copy_in(HERE / "until_online.py", "/root/until_online.py")
        machine.run(["sh", "-ec", _HAND])


def _wipe(machine: Machine) -> None:
    """Nothing runs, and nothing is in the databases or on the disks."""
    units = " ".join(f"'{side.units}'" for side in (OURS, HAND))
    folders = " ".join(f"{side.data}/postgres {side.data}/storage" for side in (OURS, HAND))
    owned = f"rm -rf {folders}; install -d -m 700 -o 999 -g 999 {OURS.data}/postgres {HAND.data}/postgres"
    given = f"install -d -m 750 -o 700 -g 700 {OURS.data}/storage {HAND.data}/storage {HAND.data}/storage/tmp"
    # The sockets first: a request would start their services again.
    machine.run(["sh", "-ec", f"systemctl stop 'pulp*.socket'; systemctl stop {units}; {owned}; {given}"], timeout=300)


def start(machine: Machine, side: Side) -> Any:
    """Start one side, and wait until all of it is online."""
    argv = ["/usr/bin/python3", "/root/until_online.py", side.target, side.units, str(side.port)]
    return json.loads(machine.run(argv, timeout=300).stdout)


def _tell_units(side: Side, units: dict[str, tuple[float, float]]) -> None:
    sys.stdout.write(f"\n{side.name}, last round: seconds from its start until a unit was there\n")
    for name, (left, there) in sorted(units.items(), key=lambda item: item[1]):
        if there < left:  # not in the eyes of systemd yet, though Pulp counts it already
            sys.stdout.write(f"  {name:34}{left:6.1f} ->\n")
        elif there - left >= 0.1:
            sys.stdout.write(f"  {name:34}{left:6.1f} -> {there:5.1f}{there - left:8.1f}\n")


if __name__ == "__main__":
    lab.alone(main)
