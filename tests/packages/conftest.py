"""A machine with the tools, and one with nothing but what the packages need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.machine import Machine
from tests.packages import build

# For work on the tests themselves: the machines are taken as a run before has left them, and left so.
TAKEN = "PULP_QUADLET_PACKAGES_TAKEN" in os.environ


@dataclass(frozen=True, slots=True)
class Built:
    """The packages of two releases of this checkout, where they were built: `first` and `second` are folders."""

    machine: Machine
    first: str
    second: str

    def shell(self, script: str, *words: str, timeout: float = 120.0) -> str:
        """Run a script in the machine; return all that it said."""
        done = self.machine.run(["sh", "-ec", script, *words], timeout=timeout)
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def built() -> Iterator[Built]:
    if TAKEN:
        yield Built(build.machine(), "/root/out-1", "/root/out-2")
        return
    first, second = build.releases()
    with build.machine() as machine:
        build.send(machine)
        machine.copy_in(first, "/root/out-1")
        machine.copy_in(second, "/root/out-2")
        yield Built(machine, "/root/out-1", "/root/out-2")


@pytest.fixture(scope="session")
def host() -> Iterator[Machine]:
    """With the .deb files of the first release in /root/1, those of the second in /root/2."""
    if TAKEN:
        yield Machine("packages")
        return
    with Machine("packages") as machine:
        for number, folder in enumerate(build.releases(), 1):
            for path in build.debs(folder):
                machine.copy_in(path, f"/root/{number}/{path.name}")
        yield machine
