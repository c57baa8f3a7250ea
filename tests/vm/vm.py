"""A virtual machine with SELinux enforcing from its first boot, made of the lab's own parts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tests.lab import command, host, trees
from tests.lab.cgroup import Cgroup, joined
from tests.lab.furnish import write
from tests.lab.guest import MachineError
from tests.lab.network import Network
from tests.lab.progress import step
from tests.vm import making
from tests.vm.emulator import Emulator
from tests.vm.remote import BOOT_TAKES_AT_MOST, Remote
from tests.vm.ssh import Way
from tests.vm.trees import EMULATOR, SYSTEM, USER_MODE
from tests.vm.user_mode import UserMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.machine import Machine

OPEN = {"etc/ssh/sshd_config.d/10-vm.conf": "UseDNS no\nPermitRootLogin prohibit-password\nMaxSessions 100\n"}
EMULATED = "PULP_QUADLET_VM_EMULATED" in os.environ
"""Whether it is a computer in all that a kernel sees, which takes ten times as long."""


class Vm(Remote):
    """One computer. What it has on its disk is made in a machine of the lab, which is much faster: `fill` does it."""

    HOME: ClassVar[Path] = Path("/var/lib/pulp-quadlet-vm")

    def __init__(self, name: str, fill: Callable[[Machine, Path], None] | None = None) -> None:
        way = Way(self.HOME / name, Network(name).path, Cgroup.of_machine(name, "ssh"))
        super().__init__(name, way)
        self.disk = self.folder / "disk.img"
        self._around = (Emulator if EMULATED else UserMode)(self.folder / "around")
        self._fill = fill

    @property
    def state(self) -> str:
        if self._processes.pids():
            return "running"
        if self.disk.exists():
            return "stopped"
        return "half made" if self.folder.exists() else "absent"

    # --- a life ---------------------------------------------------------------------------------------------------

    def create(self) -> None:
        host.check()
        if self.folder.exists():
            raise MachineError(f"a machine {self.name} exists already; `python -m tests.vm down` removes it")
        trees.make(SYSTEM, EMULATOR if EMULATED else USER_MODE, trees.BASE_IMAGE)
        with self._undone_if_it_fails():
            self.folder.mkdir(parents=True)
            with step(f"unpack what is around {self.name}"):
                self._around.unpack()
            self.network.up()
            self._around.connect(self.network)
            self._make_disk(self._way.make_key())

    def boot(self, *, degraded_ok: bool = False, timeout: float = BOOT_TAKES_AT_MOST) -> None:
        if self._processes.pids():
            raise MachineError(f"{self.name} is running already")
        with step(f"boot {self.name}"):
            self._processes.remove()  # one that was killed kills who comes
            self._processes.create()
            start = self._around.starting(self.folder)
            inside = ["nsenter", f"--net={self.network.path}", "--", "nice", "-n", "10", *start]
            detached = ["sh", "-c", 'exec setsid --fork "$@" </dev/null >"$0" 2>&1', str(self.console)]
            command.run(joined(self._processes.path, [*detached, *inside]))
            self._wait_booted(timeout, degraded_ok=degraded_ok)

    def reboot(self, *, degraded_ok: bool = False, timeout: float = BOOT_TAKES_AT_MOST) -> None:
        self._end_by("reboot", timeout)
        self.boot(degraded_ok=degraded_ok, timeout=timeout)

    def power_cut(self) -> None:
        self._processes.kill()
        self._way.close()

    def stop(self, timeout: float = BOOT_TAKES_AT_MOST) -> None:
        if self._processes.pids():
            self._end_by("poweroff", timeout)

    # --- its parts ------------------------------------------------------------------------------------------------

    def _clean_up(self) -> None:
        self._maker().destroy()

    def _maker(self) -> Machine:
        return making.maker(self.name)

    def _make_disk(self, public_key: str) -> None:
        def fit(root: Path) -> None:
            self._around.fit(root)
            for name, text in OPEN.items():
                write(root / name, text)
            key = root / "root/.ssh/authorized_keys"
            write(key, public_key)
            key.parent.chmod(0o700)

        making.make_disk(self._maker(), self.folder, self._fill and self._filled, fit)

    def _filled(self, machine: Machine) -> None:
        if self._fill is not None:
            self._fill(machine, self.folder)

    def _end_by(self, verb: str, timeout: float) -> None:
        with step(f"shut down {self.name}"):
            self.run(["systemctl", "--no-block", verb], check=False)
            if not self._processes.wait_empty(timeout):
                self.power_cut()
                raise MachineError(f"{self.name} did not shut down in {timeout:g} s:\n{self._console_end()}")
            self._way.close()
