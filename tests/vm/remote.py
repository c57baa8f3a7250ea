"""A computer with a kernel of its own, which one gets into by ssh."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING

from tests.lab import command
from tests.lab.guest import Guest, MachineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.lab.command import Result
    from tests.vm.ssh import Way

BOOT_TAKES_AT_MOST = 300.0  # seconds; less than one minute is usual where nothing else runs


class Remote(Guest):
    def __init__(self, name: str, way: Way) -> None:
        super().__init__(name)
        self._way = way

    def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes | IO[bytes] | None = None,  # noqa: A002  the name that subprocess.run uses
        check: bool = True,
        timeout: float = 120.0,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        if not self._way.group.pids():
            raise MachineError(f"{self.name} is not running")
        inside = self._way.entering(argv, env, timeout)
        return command.run(inside, input=input, check=check, timeout=timeout, shown_as=[self.name + ":", *argv])

    def shell(self) -> int:
        return command.attach(self._way.terminal())

    def _wait_booted(self, timeout: float, *, degraded_ok: bool) -> None:
        deadline = time.monotonic() + timeout
        if not self._way.connect(deadline):
            raise MachineError(f"{self.name} did not let us in in time:\n{self._console_end()}")
        wait = ["systemctl", "is-system-running", "--wait"]
        state = self.run(wait, check=False, timeout=max(1.0, deadline - time.monotonic())).stdout.strip()
        if state != "running" and not (state == "degraded" and degraded_ok):
            raise MachineError(f"{self.name} booted, but it is {state!r}:\n{self._failures()}")
