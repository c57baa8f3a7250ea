"""The emulator: a QEMU of Debian's that runs from its own tree, whatever the host has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.lab import trees
from tests.lab.command import run
from tests.vm.trees import EMULATOR

# Nobody has to have KVM, and many a machine offers one that does not work. Whoever has a good one may name it here.
ACCELERATOR = os.environ.get("PULP_QUADLET_VM_ACCELERATOR", "tcg,thread=multi")
CPU = "Nehalem"  # a later one has wide registers, which an emulator is slow with
MEMORY = 4096  # MiB
CORES = 2
SSH_PORT = 2222
KERNEL_LINE = (
    "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet panic=-1 mitigations=off "
    "security=selinux selinux=1 enforcing=1 audit=1 audit_backlog_limit=8192"
)


@dataclass(frozen=True, slots=True)
class Emulator:
    """The folder with its tree, which is unpacked there."""

    tree: Path

    @classmethod
    def unpacked(cls, folder: Path) -> Emulator:
        folder.mkdir(parents=True)
        trees.unpack(EMULATOR, folder)
        return cls(folder)

    def overlay(self, disk: Path, overlay: Path) -> None:
        """Write a disk that holds what differs from `disk`, which is nothing yet."""
        overlay.unlink(missing_ok=True)
        run([*self._program("qemu-img"), "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(disk), str(overlay)])

    def starting(self, boot: Path, disk: Path, console: Path, ports: tuple[int, ...]) -> list[str]:
        """The command that is the computer while it runs: it ends when the system inside stops or restarts.

        `ports` are those of its loopback that lead to the same port inside.
        """
        doors = [f"hostfwd=tcp:127.0.0.1:{SSH_PORT}-:22", *(f"hostfwd=tcp:127.0.0.1:{port}-:{port}" for port in ports)]
        share = self.tree / "usr/share"
        return [
            *self._program("qemu-system-x86_64"),
            *("-L", str(share / "qemu"), "-L", str(share / "seabios")),
            *("-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"),
            *("-accel", ACCELERATOR, "-cpu", CPU, "-smp", str(CORES), "-m", str(MEMORY)),
            *("-kernel", str(boot / "vmlinuz"), "-initrd", str(boot / "initrd"), "-append", KERNEL_LINE),
            *("-drive", f"file={disk},if=virtio,format=qcow2", "-device", "virtio-rng-pci"),
            *("-netdev", ",".join(["user", "id=net", "ipv6=off", *doors]), "-device", "virtio-net-pci,netdev=net"),
            *("-serial", f"file:{console}"),
        ]

    def _program(self, name: str) -> list[str]:
        """By the loader of its own tree, since the host's libraries are older."""
        loader, libraries = self.tree / "lib64/ld-linux-x86-64.so.2", self.tree / "usr/lib/x86_64-linux-gnu"
        return [str(loader), "--library-path", str(libraries), str(self.tree / "usr/bin" / name)]
