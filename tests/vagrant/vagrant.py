"""Vagrant, in a folder with our Vagrantfile, in a machine that has libvirt and an emulator beside it.

Without another word it is asked for libvirt, which is what users have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.product import CHECKOUT
from tests.lab.progress import step
from tests.vagrant import box
from tests.vagrant.providers import FOLDER, LIBVIRT, Provider

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.lab.command import Result
    from tests.lab.machine import Machine

MACHINES = ["debian", "centos", "pulp1", "pulp2"]
ENVIRONMENT = {
    "VAGRANT_CHECKPOINT_DISABLE": "1",  # it would ask its maker whether there is a newer one
    "VAGRANT_BOX_UPDATE_CHECK_DISABLE": "1",
    "PULP_QUADLET_BOX": box.NAME,
}
TAKES_AT_MOST = 300.0  # seconds, where nothing is said
UP_TAKES_AT_MOST = 2400.0  # a third of it is usual where nothing else runs


@dataclass(frozen=True, slots=True)
class Vagrant:
    machine: Machine
    provider: Provider = LIBVIRT

    def run(self, *words: str, check: bool = True, timeout: float = TAKES_AT_MOST) -> Result:
        argv = ["env", f"--chdir={FOLDER}", "vagrant", *words, "--no-color", "--no-tty"]
        with step(f"vagrant {' '.join(words)}"):
            return self.machine.run(
                argv, check=check, timeout=timeout, env={**ENVIRONMENT, **self.provider.environment}
            )

    def ssh(self, command: str, *, name: str = "debian", timeout: float = TAKES_AT_MOST) -> str:
        """Run a command in a virtual machine; return what it wrote to its standard output."""
        return self.run("ssh", name, "--command", command, timeout=timeout).stdout.replace("\r\n", "\n")

    def write(self, name: str, text: str) -> None:
        """Write a file of the folder."""
        self.machine.run(["tee", f"{FOLDER}/{name}"], input=text.encode())

    def bring(self, folder: str, built: Iterable[Path]) -> None:
        """Copy the .deb files among these packages into a folder of the folder."""
        for package in built:
            if package.suffix == ".deb":
                self.machine.copy_in(package, f"{FOLDER}/{folder}/{package.name}")

    def release_anew(self) -> None:
        """As `make packages` does with what has changed meanwhile."""
        self.machine.run(["sh", "-c", 'rm "$0"/dist/* && mv "$0"/newer/* "$0/dist/"', FOLDER])

    def absent(self) -> list[str]:
        """The machines of the Vagrantfile that are not there."""
        return re.findall(rf"^(\S+) +not created \({self.provider.name}\)$", self.run("status").stdout, re.MULTILINE)

    def computers(self) -> list[str]:
        """What the provider has made, whether it runs or not."""
        return self.provider.computers(self.machine)


def set_up(machine: Machine) -> Vagrant:
    """The folder, as a clone of the repository is."""
    for name in ("Vagrantfile", "packaging/vagrant"):
        machine.copy_in(CHECKOUT / name, f"{FOLDER}/{name}")
    return Vagrant(machine)
