"""What our generator costs at boot and at every reload of systemd: its processor time beside Podman's generator on the
same units and beside /bin/true, and real boots with and without it.
"""

from __future__ import annotations

import sys
from statistics import median
from typing import TYPE_CHECKING

from bench import lab
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Run
    from tests.lab.machine import Machine

CALLS = 200
BOOTS = 6
OURS = "/etc/systemd/system-generators/pulp-quadlet-generator"
PODMANS = "/usr/lib/systemd/system-generators/podman-system-generator"
_OUT = "/run/bench-generators"
_ASIDE = "/root/pulp-quadlet-generator"
_STARTS = "/etc/systemd/system/multi-user.target.wants/pulp.target"
_KEPT = "/root/pulp.target"
# A site that is applied as far as a generator can see, with all its units: nothing of it has to run.
_PREPARE = f"""
test -e /etc/pulp-quadlet/pulp || {{
    mkdir -p /root/image
    pulp-quadlet init -f /root/site.toml
    pulp-quadlet apply --root /root/image -f /root/site.toml
    cp -a /root/image/etc/. /etc/
}}
mkdir -p /etc/pulp-quadlet/.seen
cp /etc/pulp-quadlet/site.toml /etc/pulp-quadlet/.seen/
test ! -e {_STARTS} || mv {_STARTS} {_KEPT}
mkdir -p {_OUT}
"""


def main(machine: Machine) -> None:
    """Both tables."""
    machine.run(["sh", "-ec", _PREPARE], timeout=120)
    _calls(machine)
    _boots(machine)
    machine.run(["sh", "-c", f"test ! -e {_KEPT} || mv {_KEPT} {_STARTS}"])


def _calls(machine: Machine) -> None:
    where = [_OUT, _OUT, _OUT]
    sides = {"ours": [OURS, *where], "Podman's": [PODMANS, *where], "/bin/true": ["/bin/true"]}
    measured = lab.in_turn(machine, sides, CALLS)
    sys.stdout.write(f"{'processor time of a call':30}{'median':>10}{'least':>10}{'ours/it':>10}\n")
    for name, runs in measured.items():
        cpu = [run.cpu * 1000 for run in runs]
        ratio = _ratio(measured["ours"], runs)
        sys.stdout.write(f"{name:30}{median(cpu):>7.2f} ms{min(cpu):>7.2f} ms{ratio:>10.2f}\n")


def _ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    return median(our.cpu / max(their.cpu, 1e-5) for our, their in zip(ours, theirs, strict=True))


def _boots(machine: Machine) -> None:
    """In turn, with our generator and without: all else is the same."""
    took: dict[str, list[tuple[float, float]]] = {"with ours": [], "without": []}
    for number in range(2 * BOOTS):
        name = list(took)[number % 2]
        move = [OURS, _ASIDE] if name == "without" else [_ASIDE, OURS]
        machine.run(["sh", "-c", 'test ! -e "$0" || mv "$0" "$1"', *move])
        with step(f"boot {name}"):
            machine.reboot(degraded_ok=True)
        took[name].append(_times(machine))
    machine.run(["sh", "-c", f"test ! -e {_ASIDE} || mv {_ASIDE} {OURS}"])
    sys.stdout.write(f"{'boots':30}{'generators':>13}{'user space':>13}\n")
    for name, times in took.items():
        generators, whole = (median(each[part] for each in times) for part in (0, 1))
        sys.stdout.write(f"{name:30}{generators:>10.1f} ms{whole:>10.0f} ms\n")
    pairs = list(zip(*took.values(), strict=True))
    ratios = [median(ours[part] / theirs[part] for ours, theirs in pairs) for part in (0, 1)]
    sys.stdout.write(f"{'ratio':30}{ratios[0]:>13.2f}{ratios[1]:>13.2f}\n")


def _times(machine: Machine) -> tuple[float, float]:
    """Milliseconds that all generators took at the boot, and all of user space: what systemd-analyze(1) goes by."""
    names = ("GeneratorsStart", "GeneratorsFinish", "Userspace", "Finish")
    asked = [f"--property={name}TimestampMonotonic" for name in names]
    said = machine.run(["systemctl", "show", *asked]).stdout
    found = {line.partition("=")[0]: int(line.partition("=")[2]) / 1000 for line in said.split()}
    start, finish, begin, end = (found[f"{name}TimestampMonotonic"] for name in names)
    return finish - start, end - begin


if __name__ == "__main__":
    lab.alone(main)
