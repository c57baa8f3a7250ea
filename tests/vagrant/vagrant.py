"""Vagrant, in a folder with our Vagrantfile, in a machine that has libvirt and an emulator beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.lab.furnish import write
from tests.lab.product import CHECKOUT
from tests.lab.progress import step
from tests.vagrant import box

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.lab.command import Result
    from tests.lab.machine import Machine

FOLDER = "/srv/pulp"
MACHINES = ["debian", "centos", "pulp1", "pulp2"]
ENVIRONMENT = {
    "VAGRANT_DEFAULT_PROVIDER": "libvirt",
    "VAGRANT_CHECKPOINT_DISABLE": "1",  # it would ask its maker whether there is a newer one
    "VAGRANT_BOX_UPDATE_CHECK_DISABLE": "1",
    "PULP_QUADLET_BOX": box.NAME,
    "PULP_QUADLET_DRIVER": "qemu",
}
# Where other tests run beside it, a kernel gives each session its share, and the many of these would get nearly all:
# the emulator, which all else waits for in the end, is to have more.
STARTED = """\
#!/bin/sh
if [ "$2" = started ]; then
    for pid in $(pidof qemu-system-x86_64); do echo -5 >/proc/$pid/autogroup; done
fi
exit 0
"""
TAKES_AT_MOST = 300.0  # seconds, where nothing is said
UP_TAKES_AT_MOST = 2400.0  # a third of it is usual where nothing else runs


@dataclass(frozen=True, slots=True)
class Vagrant:
    machine: Machine
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)

    def run(self, *words: str, check: bool = True, timeout: float = TAKES_AT_MOST) -> Result:
        argv = ["env", f"--chdir={FOLDER}", "vagrant", *words, "--no-color", "--no-tty"]
        with step(f"vagrant {' '.join(words)}"):
            return self.machine.run(argv, check=check, timeout=timeout, env=self.environment)

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
        return re.findall(r"^(\S+) +not created \(libvirt\)$", self.run("status").stdout, re.MULTILINE)

    def domains(self) -> list[str]:
        """The virtual machines that libvirt knows, whether they run or not."""
        return self.machine.run(["virsh", "list", "--all", "--name"]).stdout.split()


def set_up(machine: Machine) -> Vagrant:
    """The folder, as a clone of the repository is."""
    for name in ("Vagrantfile", "packaging/vagrant"):
        machine.copy_in(CHECKOUT / name, f"{FOLDER}/{name}")
    hook = machine.root / "etc/libvirt/hooks/qemu"
    write(hook, STARTED)
    hook.chmod(0o755)
    machine.run(["systemctl", "restart", "libvirtd.service"])  # it looks for hooks when it starts
    return Vagrant(machine)
