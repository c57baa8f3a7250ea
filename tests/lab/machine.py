"""A Debian machine with a real systemd and a real Podman, made of a tree, a network and a control group."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tarfile
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from tests.lab import command, host, nspawn, trees
from tests.lab.cgroup import Cgroup, joined
from tests.lab.forward import Forward
from tests.lab.furnish import furnish
from tests.lab.network import Network
from tests.lab.nspawn import Leader
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from tests.lab.command import Result

STATE = Path("/var/lib/pulp-quadlet-lab")
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
POWER_OFF = signal.SIGRTMIN + 4  # what systemd(1) says these do, when its process 1 gets them
REBOOT = signal.SIGRTMIN + 5
POLL = 0.05


class MachineError(Exception):
    """A machine is not in the state that was asked for."""


class Machine:
    """One machine. Its parts are found by its name, so that any process may use, stop or destroy it.

    As a context manager it is new and booted inside, and gone afterwards.
    """

    def __init__(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a machine: lower case letters, digits and hyphens, at most 31")
        self.name = name
        self.folder = STATE / name
        self.root = self.folder / "root"
        self._half_made = self.folder / "root.part"
        self.share = self.folder / "share"
        self.console = self.folder / "console.log"
        self.network = Network(name)
        self._cgroup = Cgroup.of_machine(name)
        self._processes = Cgroup.of_machine(name, "machine")

    @property
    def netns(self) -> str:
        return self.network.netns

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
        trees.make(trees.MACHINE, trees.BASE_IMAGE)
        with self._undone_if_it_fails():
            with step(f"unpack the root tree of {self.name}"):
                self._half_made.mkdir(parents=True)
                self.share.mkdir()
                trees.unpack(trees.MACHINE, self._half_made)
                furnish(self._half_made, self.name)
            with step(f"connect {self.name} to the network"):
                self.network.up()
            self._half_made.rename(self.root)

    def boot(self, *, degraded_ok: bool = False, timeout: float = 60.0) -> None:
        """Start systemd and wait until it has started all. `degraded_ok` is for tests of units that fail."""
        if self._processes.pids():
            raise MachineError(f"{self.name} is running already")
        with step(f"boot {self.name}"):
            # New, since a group that was killed once kills what the next systemd forks into it (Linux 6.18).
            self._processes.remove()
            self._processes.create()
            self.network.clear()
            start = nspawn.starting(self.name, self.root, self.share, self.network.path, self.console)
            command.run(joined(self._processes.path, start), env={**os.environ, **nspawn.FOR_NSPAWN})
            self._wait_booted(time.monotonic() + timeout, degraded_ok=degraded_ok)

    def reboot(self, *, degraded_ok: bool = False, timeout: float = 120.0) -> None:
        self._end_by(REBOOT, timeout)
        self.boot(degraded_ok=degraded_ok, timeout=timeout)

    def power_cut(self) -> None:
        """Everything stops in the middle of what it does. `boot` turns the power on again."""
        self._processes.kill()
        nspawn.clean_up(self.name, self.root)

    def stop(self, timeout: float = 120.0) -> None:
        """Shut down in order, as `systemctl poweroff` does; when it takes too long, cut the power and say so."""
        if self._processes.pids():
            self._end_by(POWER_OFF, timeout)

    def destroy(self) -> None:
        """Leave nothing behind, however far the machine had come."""
        self._cgroup.kill()
        self._cgroup.remove()
        self._cgroup.forget_copies()
        self.network.down()
        nspawn.clean_up(self.name, self.root)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        with suppress(OSError):  # other machines are there
            STATE.rmdir()

    def __enter__(self) -> Self:
        host.check()
        self.destroy()  # what a killed run may have left
        with self._undone_if_it_fails():
            self.create()
            self.boot()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with step(f"destroy {self.name}"):
            self.destroy()

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

    def outside(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run a program of the host in the machine's network: the machine's 127.0.0.1 is its own."""
        inside = ["nsenter", f"--net={self.network.path}", "--", *argv]
        return command.run(
            inside, check=check, timeout=timeout, env={**os.environ, **(env or {})}, cwd=cwd, shown_as=argv
        )

    def copy_in(self, source: Path, target: str) -> None:
        """Copy a file or a folder of the host to the path `target` of the running machine."""
        with tempfile.TemporaryFile() as packed:
            with tarfile.open(fileobj=packed, mode="w") as tar:
                tar.add(source, arcname=Path(target).name)
            packed.seek(0)
            unpack = 'mkdir -p "$0" && tar --extract --no-same-owner --directory="$0"'
            self.run(["sh", "-c", unpack, str(Path(target).parent)], input=packed, timeout=300)

    def attach(self, argv: Sequence[str]) -> int:
        """Run a program in the machine on our own standard streams, and return its status."""
        return command.attach(self._running().session(argv)[0])

    def shell(self) -> int:
        return command.attach(self._running().terminal())

    def forward(self, port: int) -> None:
        """Let the host reach the machine's loopback port at its own, until the machine is destroyed."""
        Forward(self.name, port).start()

    # --- its parts ------------------------------------------------------------------------------------------------

    @contextmanager
    def _undone_if_it_fails(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.destroy()
            raise

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

    def _failures(self) -> str:
        listing = "systemctl --failed --plain --no-legend"
        script = f"{listing}; {listing} | while read -r unit _; do journalctl -b -u $unit -n 15 -o cat; done"
        return self.run(["sh", "-c", script], check=False).stdout

    def _console_end(self) -> str:
        if not self.console.exists():
            return "(nothing on its console)"
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-30:])
