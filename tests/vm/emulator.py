"""The emulator: a QEMU of Debian's that runs from its own tree, whatever the host has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import trees
from tests.lab.furnish import write
from tests.vm import wire
from tests.vm.trees import EMULATOR

if TYPE_CHECKING:
    from tests.lab.network import Network

# Nobody has to have KVM, and many a machine offers one that does not work. Whoever has a good one may name it here.
ACCELERATOR = os.environ.get("PULP_QUADLET_VM_ACCELERATOR", "tcg,thread=multi")
CPU = "Nehalem"  # a later one has wide registers, which an emulator is slow with
MEMORY = 4096  # MiB
CORES = 2
KERNEL_LINE = (
    "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet panic=-1 mitigations=off "
    "security=selinux selinux=1 enforcing=1 audit=1 audit_backlog_limit=8192"
)


@dataclass(frozen=True, slots=True)
class Emulator:
    """The folder with its tree, which is unpacked there."""

    tree: Path

    def unpack(self) -> None:
        self.tree.mkdir(parents=True)
        trees.unpack(EMULATOR, self.tree)

    def fit(self, root: Path) -> None:
        """Give the tree of a disk what belongs to this computer: the network that the emulator has inside itself."""
        wire.fit(root)
        write(root / "etc/resolv.conf", "nameserver 10.0.2.3\n")

    def connect(self, network: Network) -> None:
        """Nothing is to be laid."""

    def starting(self, folder: Path) -> list[str]:
        """The command that is the computer while it runs, with `folder`/disk.img: it ends when the system inside stops
        or restarts. It writes its console to its output.
        """
        doors = [f"hostfwd=tcp:127.0.0.1:{port}-:{to}" for port, to in wire.DOORS.items()]
        share, boot = self.tree / "usr/share", folder / "boot"
        return [
            *self._program("qemu-system-x86_64"),
            *("-L", str(share / "qemu"), "-L", str(share / "seabios")),
            *("-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"),
            *("-accel", ACCELERATOR, "-cpu", CPU, "-smp", str(CORES), "-m", str(MEMORY)),
            *("-kernel", str(boot / "vmlinuz"), "-initrd", str(boot / "initrd"), "-append", KERNEL_LINE),
            *("-drive", f"file={folder / 'disk.img'},if=virtio,format=raw", "-device", "virtio-rng-pci"),
            *("-netdev", ",".join(["user", "id=net", "ipv6=off", *doors]), "-device", "virtio-net-pci,netdev=net"),
            *("-serial", "stdio"),
        ]

    def _program(self, name: str) -> list[str]:
        """By the loader of its own tree, since the host's libraries are older."""
        loader, libraries = self.tree / "lib64/ld-linux-x86-64.so.2", self.tree / "usr/lib/x86_64-linux-gnu"
        return [str(loader), "--library-path", str(libraries), str(self.tree / "usr/bin" / name)]
