"""A Debian machine with a real systemd and a real Podman, made of a tree, a network and a control group."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar

from tests.lab import command, host, nspawn, trees
from tests.lab.cgroup import joined
from tests.lab.furnish import furnish
from tests.lab.guest import Guest, MachineError
from tests.lab.nspawn import Leader
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.lab.command import Result
    from tests.lab.trees import Tree

STATE = Path("/var/lib/pulp-quadlet-lab")
POWER_OFF = signal.SIGRTMIN + 4  # what systemd(1) says these do, when its process 1 gets them
REBOOT = signal.SIGRTMIN + 5
POLL = 0.05


class Machine(Guest):
    """One machine, which shares the kernel of the host. `tree` is what it is made of, where it is made."""

    HOME: ClassVar[Path] = STATE

    def __init__(self, name: str, tree: Tree = trees.MACHINE) -> None:
        super().__init__(name)
        self.root = self.folder / "root"
        self.share = self.folder / "share"
        self._half_made = self.folder / "root.part"
        self._tree = tree

    @property
    def state(self) -> str:
        if Leader.among(self._processes) is not None:
            return "running"
        if self.root.exists():
            return "stopped"
        return "half made" if self.folder.exists() else "absent"

    # --- a life ---------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Make the machine's tree and network, and the cached trees where they are missing."""
        host.check()
        if self.folder.exists():
            raise MachineError(f"a machine {self.name} exists already; `python -m tests.lab down` removes it")
        trees.make(self._tree, trees.BASE_IMAGE)
        with self._undone_if_it_fails():
            with step(f"unpack the root tree of {self.name}"):
                self._half_made.mkdir(parents=True)
                self.share.mkdir()
                trees.unpack(self._tree, self._half_made)
                furnish(self._half_made, self.name)
            with step(f"connect {self.name} to the network"):
                self.network.up()
            self._half_made.rename(self.root)

    def boot(self, *, degraded_ok: bool = False, timeout: float = 60.0, words: Sequence[str] = ()) -> None:
        """`words` stand for those of a kernel command line."""
        if self._processes.pids():
            raise MachineError(f"{self.name} is running already")
        with step(f"boot {self.name}"):
            # New, since a group that was killed once kills what the next systemd forks into it (Linux 6.18).
            self._processes.remove()
            self._processes.create()
            self.network.clear()
            start = nspawn.starting(self.name, self.root, self.share, self.network.path, self.console, words)
            command.run(joined(self._processes.path, start), env={**os.environ, **nspawn.FOR_NSPAWN})
            self._wait_booted(time.monotonic() + timeout, degraded_ok=degraded_ok)

    def reboot(self, *, degraded_ok: bool = False, timeout: float = 120.0, words: Sequence[str] = ()) -> None:
        self._end_by(REBOOT, timeout)
        self.boot(degraded_ok=degraded_ok, timeout=timeout, words=words)

    def power_cut(self) -> None:
        self._processes.kill()
        nspawn.clean_up(self.name, self.root)

    def stop(self, timeout: float = 120.0) -> None:
        if self._processes.pids():
            self._end_by(POWER_OFF, timeout)

    # --- its use --------------------------------------------------------------------------------------------------

    def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes | IO[bytes] | None = None,  # noqa: A002  the name that subprocess.run uses
        check: bool = True,
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a program in the machine, as root's login would: in a scope of its own, with a clean environment.

        After `timeout` everything that the program started is killed, but for what it gave to systemd or Podman.
        """
        inside, scope = self._running().session(argv, env)
        return command.run(
            inside, input=input, check=check, timeout=timeout, on_timeout=scope.kill, shown_as=[self.name + ":", *argv]
        )

    def attach(self, argv: Sequence[str]) -> int:
        """Run a program in the machine on our own standard streams, and return its status."""
        return command.attach(self._running().session(argv)[0])

    def shell(self) -> int:
        return command.attach(self._running().terminal())

    # --- its parts ------------------------------------------------------------------------------------------------

    def _clean_up(self) -> None:
        nspawn.clean_up(self.name, self.root)

    def _running(self) -> Leader:
        leader = Leader.among(self._processes)
        if leader is None:
            raise MachineError(f"{self.name} is {self.state}, not running")
        return leader

    def _wait_booted(self, deadline: float, *, degraded_ok: bool) -> None:
        state = "not started"
        while time.monotonic() < deadline:
            time.sleep(POLL)
            if not self._processes.pids():
                raise MachineError(f"{self.name} ended while booting:\n{self._console_end()}")
            if leader := Leader.among(self._processes):
                asked = command.run(leader.entering(["systemctl", "is-system-running"]), check=False)
                state = asked.stdout.strip()
                if state == "running" or (state == "degraded" and degraded_ok):
                    return
                if state == "degraded":
                    raise MachineError(f"{self.name} booted, but units failed:\n{self._failures()}")
        raise MachineError(f"{self.name} did not boot in time, it is {state!r}:\n{self._console_end()}")

    def _end_by(self, request: int, timeout: float) -> None:
        with step(f"shut down {self.name}"):
            with suppress(ProcessLookupError):
                os.kill(self._running().pid, request)
            if not self._processes.wait_empty(timeout):
                self.power_cut()
                raise MachineError(f"{self.name} did not shut down in {timeout:g} s:\n{self._console_end()}")
