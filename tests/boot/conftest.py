"""One machine, made of an image, for all tests of this folder: its first boot builds images.

That takes minutes, or seconds where another machine has built them already: their layers are brought then.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.lab import product
from tests.lab.command import run
from tests.lab.machine import Machine
from tests.lab.progress import step
from tests.site import built, provide
from tests.site.pulp import SITE_FILE
from tests.sites import MINIMAL
from tests.vm.provide import FEWER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.command import Result
    from tests.site.pulp import Pulp

MACHINE = "boot"
# For work on the tests themselves: the name of a machine that is taken as it is, and left so.
TAKEN = os.environ.get("PULP_QUADLET_BOOT_MACHINE")
TEXT = MINIMAL + FEWER
MORE = TEXT.replace("[workers]\ncount = 1", "[workers]\ncount = 2")
BOOT_TAKES_AT_MOST = 900.0  # seconds; the first one builds images
UNIT = "pulp-quadlet-apply.service"


@dataclass(frozen=True, slots=True)
class Computer:
    """A machine with a site, which is switched on and off."""

    machine: Machine
    pulp: Pulp

    def boots(self, *words: str) -> str:
        """Restart it, with words of a kernel command line, and return what was said of site files until it was up."""
        self.machine.reboot(degraded_ok=True, timeout=BOOT_TAKES_AT_MOST, words=words)
        return self.said()

    def loses_power(self) -> str:
        """The power goes, and comes back."""
        self.machine.power_cut()
        self.machine.boot(degraded_ok=True, timeout=BOOT_TAKES_AT_MOST)
        return self.said()

    def said(self) -> str:
        """What the unit told the journal since the last boot; nothing where it was not started."""
        return self.pulp.run("journalctl", "--quiet", "--boot", "--output=cat", f"--unit={UNIT}")

    def failed(self) -> list[str]:
        return self.pulp.run("systemctl", "list-units", "--failed", "--plain", "--no-legend").split()[:1]

    def when(self, unit: str) -> int:
        """When a unit became active, in microseconds since the boot."""
        what = "--property=ActiveEnterTimestampMonotonic"
        return int(self.pulp.run("systemctl", "show", "--value", what, unit))

    def hooks(self) -> list[str]:
        """What the generator has just made, run by systemd in its sandbox."""
        self.pulp.run("systemctl", "daemon-reload")
        made = self.pulp.run("find", "/run/systemd/generator", "-name", "50-*.conf")
        return sorted(path.removeprefix("/run/systemd/generator/") for path in made.split())


def lay_down(machine: Machine, folder: Path) -> Result:
    """The site of a machine that is switched off, written into its tree from outside."""
    file = folder / "site.toml"
    file.write_text(TEXT)
    program = [sys.executable, "-m", "pulp_quadlet", "apply"]
    return run([*program, "--root", str(machine.root), "--file", str(file), "--podman", "5.4"])


def become_an_image(machine: Machine, folder: Path) -> None:
    """A new machine gets the program, a site and the layers that are there, and is switched off."""
    product.install(machine)
    built.load(machine)
    machine.stop()
    lay_down(machine, folder)


@pytest.fixture(scope="session")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computer]:
    """After its first boot, to which nobody has said anything."""
    if TAKEN:
        machine = Machine(TAKEN)
        yield Computer(machine, provide.connect(machine))
        return
    with Machine(MACHINE) as machine:
        become_an_image(machine, tmp_path_factory.mktemp("image"))
        with step("boot for the first time"):
            machine.boot(timeout=BOOT_TAKES_AT_MOST)
        yield Computer(machine, provide.connect(machine))


@pytest.fixture
def site(computer: Computer) -> Iterator[Computer]:
    """The site file as it was at first, applied, before a test and after it."""
    yield computer
    computer.pulp.write(SITE_FILE, TEXT)
    computer.pulp.cli("apply")
