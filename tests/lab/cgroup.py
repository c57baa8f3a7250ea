"""A control group of the host around all processes of a machine.

It is the one sure way to find them, and to kill them at one stroke as a power cut would.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab import host

PARENT = "pulp-quadlet-lab"
PASSED_ON = ("cpu", "cpuset", "io", "memory", "pids")  # the controllers of Podman's limits, where the host has them
POLL = 0.02
BUSY = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Cgroup:
    path: Path

    @classmethod
    def of_machine(cls, name: str, part: str = "") -> Cgroup:
        return cls(host.cgroup_root() / PARENT / name / part)

    def create(self) -> None:
        """Make the group, with every controller that its ancestors can give."""
        root = host.cgroup_root()
        self.path.mkdir(parents=True, exist_ok=True)
        for ancestor in reversed([above for above in self.path.parents if above.is_relative_to(root)]):
            available = (ancestor / "cgroup.controllers").read_text().split()
            for controller in PASSED_ON:
                # A controller that v1 holds, or that the host's manager keeps to itself, is not missed.
                if controller in available:
                    with suppress(OSError):
                        (ancestor / "cgroup.subtree_control").write_text(f"+{controller}")

    def pids(self) -> list[int]:
        return [pid for group in self.groups() for pid in Cgroup(group).own_pids()]

    def own_pids(self) -> list[int]:
        """The members of this very group, without those of the groups below."""
        try:
            return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]
        except OSError:  # it vanished meanwhile
            return []

    def kill(self, timeout: float = 10.0) -> None:
        """Kill all at once, and wait until nobody is left."""
        with suppress(FileNotFoundError):
            (self.path / "cgroup.kill").write_text("1")
        if not self.wait_empty(timeout):
            raise TimeoutError(f"processes in {self.path} cannot be killed: {self.pids()}")

    def wait_empty(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self.pids():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL)
        return True

    def remove(self) -> None:
        """Remove the empty group, its children, and the common parent when nobody else needs it."""
        for group in reversed(self.groups()):
            _remove(group)
        with suppress(OSError):
            (host.cgroup_root() / PARENT).rmdir()

    def forget_copies(self) -> None:
        """Remove the groups of the same name that nspawn makes in v1's hierarchies, where the host has them."""
        name = self.path.relative_to(host.cgroup_root())
        for hierarchy in host.cgroup_v1_roots():
            Cgroup(hierarchy / name).remove()
            with suppress(OSError):
                (hierarchy / PARENT).rmdir()

    def groups(self) -> list[Path]:
        """Return this group and all below it, parents first."""
        if not self.path.is_dir():
            return []
        return [Path(folder) for folder, _, _ in os.walk(self.path)]


def joined(group: Path, argv: list[str]) -> list[str]:
    """The command that enters a group before it becomes `argv`."""
    return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs"), *argv]


def _remove(group: Path) -> None:
    """A group is busy for a moment after its last process has ended."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL)
        else:
            return
