"""What every disposable system of the tests is: it has a name, a network and a control group, and can be destroyed.

How it starts and how one gets in is said by :class:`tests.lab.machine.Machine`, which shares the host's kernel, and
by :class:`tests.vm.vm.Vm`, which has its own.
"""

from __future__ import annotations

import os
import re
import secrets
import tarfile
import tempfile
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, Self

from tests.lab import command, host
from tests.lab.cgroup import Cgroup
from tests.lab.forward import Forward
from tests.lab.network import Network
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from tests.lab.command import Result

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class MachineError(Exception):
    """A machine is not in the state that was asked for."""


class Guest(ABC):
    """One system. Its parts are found by its name, so that any process may use, stop or destroy it.

    As a context manager it is new and booted inside, and gone afterwards.
    """

    HOME: ClassVar[Path]
    """The folder of the host that holds all guests of the kind."""

    def __init__(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a machine: lower case letters, digits and hyphens, at most 31")
        self.name = name
        self.folder = self.HOME / name
        self.console = self.folder / "console.log"
        self.network = Network(name)
        self._cgroup = Cgroup.of_machine(name)
        self._processes = Cgroup.of_machine(name, "machine")

    @property
    def netns(self) -> str:
        return self.network.netns

    # --- a life ---------------------------------------------------------------------------------------------------

    @abstractmethod
    def create(self) -> None:
        """Make all that it is made of."""

    @abstractmethod
    def boot(self, *, degraded_ok: bool = False, timeout: float = 60.0) -> None:
        """Start it and wait until it has started all. `degraded_ok` is for tests of units that fail."""

    @abstractmethod
    def reboot(self, *, degraded_ok: bool = False, timeout: float = 120.0) -> None: ...

    @abstractmethod
    def power_cut(self) -> None:
        """Everything stops in the middle of what it does. `boot` turns the power on again."""

    @abstractmethod
    def stop(self, timeout: float = 120.0) -> None:
        """Shut down in order, as `systemctl poweroff` does; when it takes too long, cut the power and say so."""

    def destroy(self) -> None:
        """Leave nothing behind, however far it had come."""
        self._cgroup.kill()
        self._cgroup.remove()
        self._cgroup.forget_copies()
        self.network.down()
        self._clean_up()
        if self.folder.exists():
            self._throw_away()
        with suppress(OSError):  # others are there
            self.HOME.rmdir()

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

    @abstractmethod
    def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes | IO[bytes] | None = None,  # noqa: A002  the name that subprocess.run uses
        check: bool = True,
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a program in it, as root's login would. After `timeout` the program is killed."""

    def outside(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run a program of the host in its network: its 127.0.0.1 is the program's own."""
        inside = ["nsenter", f"--net={self.network.path}", "--", *argv]
        return command.run(
            inside, check=check, timeout=timeout, env={**os.environ, **(env or {})}, cwd=cwd, shown_as=argv
        )

    def copy_in(self, source: Path, target: str) -> None:
        """Copy a file or a folder of the host to the path `target` inside."""
        with tempfile.TemporaryFile() as packed:
            with tarfile.open(fileobj=packed, mode="w") as tar:
                tar.add(source, arcname=Path(target).name)
            packed.seek(0)
            unpack = 'mkdir -p "$0" && tar --extract --no-same-owner --directory="$0"'
            self.run(["sh", "-c", unpack, str(Path(target).parent)], input=packed, timeout=300)

    def forward(self, port: int) -> None:
        """Let the host reach the loopback port inside at its own, until the guest is destroyed."""
        Forward(self.name, port).start()

    # --- its parts ------------------------------------------------------------------------------------------------

    def _throw_away(self) -> None:
        """Its folder, with the disk's time in the background: a tree with images takes a minute. What a killed run has
        not thrown away goes with it.
        """
        gone = f"{self.HOME}-gone-"
        self.folder.rename(f"{gone}{self.name}-{secrets.token_hex(4)}")
        command.run(["sh", "-c", 'exec setsid --fork rm -rf "$0"* </dev/null >/dev/null 2>&1', gone])

    @contextmanager
    def _undone_if_it_fails(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.destroy()
            raise

    @abstractmethod
    def _clean_up(self) -> None:
        """Remove what the kind of guest leaves elsewhere on the host."""

    def _failures(self) -> str:
        listing = "systemctl --failed --plain --no-legend"
        script = f"{listing}; {listing} | while read -r unit _; do journalctl -b -u $unit -n 15 -o cat; done"
        return self.run(["sh", "-c", script], check=False).stdout

    def _console_end(self) -> str:
        if not self.console.exists():
            return "(nothing on its console)"
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-30:])
