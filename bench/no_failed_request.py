"""Requests and uploads across changes: ours beside hand-written units that are restarted with `systemctl`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench import cold_start, lab
from bench.cold_start import HAND, OURS
from tests.lab.machine import Machine
from tests.lab.progress import step
from tests.site import loading, provide
from tests.site.loading import Content, Load
from tests.site.pulp import SITE_FILE, Pulp

NAME = "loaded"
BEFORE, AFTER = 3.0, 5.0  # seconds of load around each change
_PASSWORD = "bench"  # noqa: S105  # of a machine that is thrown away
_TAKES_AT_MOST = 600.0
_FOLDERS = f"""
install -d -m 700 -o 999 -g 999 {HAND.data}/postgres
install -d -m 750 -o 700 -g 700 {HAND.data}/storage {HAND.data}/storage/tmp
"""
_PULP = " ".join(f"hand-{role}@{number}" for role in ("worker", "content", "api") for number in (1, 2))


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as we do it and as it is done by hand."""

    name: str
    ours: str
    hand: str


CHANGES = (
    Change(
        "a setting of Pulp",
        f"printf '\\n[settings]\\nORPHAN_PROTECTION_TIME = 1441\\n' >> {SITE_FILE}; pulp-quadlet apply",
        f"echo ORPHAN_PROTECTION_TIME = 1441 >> /srv/hand/config/settings.py; systemctl restart {_PULP}",
    ),
    Change("restart of an API replica", "systemctl restart pulp-api-1", "systemctl restart hand-api@1"),
    Change("restart of a content replica", "systemctl restart pulp-content-1", "systemctl restart hand-content@1"),
    Change("restart of nginx", "systemctl restart pulp-web", "systemctl restart hand-web"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A site with content to ask for."""

    pulp: Pulp
    content: Content
    after: Callable[[], None]
    """What makes it whole again after a change."""


def main(machine: Machine) -> None:
    """Each change on ours, then on the hand-written units, while the other side runs without load."""
    cold_start.prepare(machine)
    before = machine.run(["cat", SITE_FILE]).stdout
    ours, hand = _ours(machine), _hand(machine)
    head = ("failed", "stall", "failed", "stall")
    sys.stdout.write(
        f"{'':30}{'ours':>17}{'hand-written':>20}\n{'':30}{head[0]:>8}{head[1]:>10}{head[2]:>9}{head[3]:>10}"
    )
    sys.stdout.write(f"{'ratio':>8}\n")
    for change in CHANGES:
        one, other = _across(ours, change.name, change.ours), _across(hand, change.name, change.hand)
        failed, their = len(one.failures), len(other.failures)
        sys.stdout.write(
            f"{change.name:30}{failed:>8}{one.worst:>8.2f} s{their:>9}{other.worst:>8.2f} s"
            f"{one.worst / other.worst:>8.2f}   of {_asked(one)} and {_asked(other)}\n"
        )
    machine.run(["tee", SITE_FILE], input=before.encode())
    machine.run(["pulp-quadlet", "apply"], timeout=_TAKES_AT_MOST)
    loading.forget(ours.pulp, NAME)
    machine.run(["systemctl", "stop", HAND.units], timeout=_TAKES_AT_MOST)


def _ours(machine: Machine) -> Loaded:
    cold_start.start(machine, OURS)
    pulp = provide.connect(machine)
    pulp.wait_healthy()
    return Loaded(pulp, loading.distribute(pulp, NAME), pulp.wait_healthy)


def _hand(machine: Machine) -> Loaded:
    machine.run(["sh", "-ec", _FOLDERS])
    with step("start the hand-written units"):
        cold_start.start(machine, HAND)
    reset = ("podman", "exec", "hand-api-1", "pulpcore-manager", "reset-admin-password", "--password", _PASSWORD)
    machine.run(reset, timeout=120)
    pulp = Pulp(machine, url=f"http://localhost:{HAND.port}", password=_PASSWORD)

    def again() -> None:
        # nginx knows the addresses that containers had when it started, and those of restarted ones are others
        machine.run(["systemctl", "restart", "hand-web"], timeout=_TAKES_AT_MOST)
        cold_start.start(machine, HAND)

    return Loaded(pulp, loading.distribute(pulp, NAME), again)


def _across(side: Loaded, name: str, script: str) -> Load:
    with step(f"{name}: {side.pulp.url}"):
        with loading.load(side.pulp, side.content) as load:
            time.sleep(BEFORE)
            side.pulp.machine.run(["sh", "-ec", script], timeout=_TAKES_AT_MOST)
            time.sleep(AFTER)
        side.after()
    return load


def _asked(load: Load) -> int:
    return load.answers + len(load.uploads["done"]) + len(load.failures)


if __name__ == "__main__":
    lab.alone(main)
