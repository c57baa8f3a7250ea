"""The way into a virtual machine: one connection that lasts, and a channel of it for each program."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import host
from tests.lab.cgroup import Cgroup, joined
from tests.lab.command import run
from tests.lab.nspawn import ENVIRONMENT
from tests.vm.wire import SSH_PORT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GRACE = 5.0  # seconds by which the limit inside is longer than the one outside
LINE_TAKES = 15.0  # seconds that one try to connect may take


@dataclass(frozen=True, slots=True)
class Way:
    """`folder` holds the key and the socket of the connection, whose process is in `group`."""

    folder: Path
    network: Path
    group: Cgroup
    address: str = "127.0.0.1"
    port: int = SSH_PORT

    def make_key(self) -> str:
        """Return the public half."""
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", str(self.folder / "key")])
        return (self.folder / "key.pub").read_text()

    def connect(self, deadline: float) -> bool:
        """Try until somebody answers. It is left to itself, and ends with the group."""
        self.close()
        self.group.create()
        into_the_network = ["nsenter", f"--net={self.network}", "--"]
        dial = [*into_the_network, *self._ssh("-M", "-N", "-f", "-o", f"ConnectTimeout={LINE_TAKES:g}")]
        # What stays in the background must not hold our pipes.
        quiet = ["sh", "-c", 'exec "$@" </dev/null >/dev/null 2>&1', "sh", *dial]
        while time.monotonic() < deadline:
            if not run(joined(self.group.path, quiet), check=False, timeout=2 * LINE_TAKES).status:
                return True
            time.sleep(0.5)
        return False

    def close(self) -> None:
        self.group.kill()
        self.group.remove()
        (self.folder / "ssh").unlink(missing_ok=True)

    def entering(self, argv: Sequence[str], env: Mapping[str, str] | None, limit: float) -> list[str]:
        """The command that runs `argv` inside, in a clean environment, and kills it there when it takes too long."""
        variables = {**ENVIRONMENT, **host.proxy_environment(), **(env or {})}
        assigned = [f"{name}={value}" for name, value in variables.items()]
        limited = ["timeout", "--signal=KILL", f"{limit + GRACE:g}", "env", "--ignore-environment", *assigned, *argv]
        return [*self._ssh(), shlex.join(limited)]

    def terminal(self) -> list[str]:
        return self._ssh("-t")

    def _ssh(self, *options: str) -> list[str]:
        trusting = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        mine = ["-F", "/dev/null", "-o", "BatchMode=yes", "-i", str(self.folder / "key"), "-p", str(self.port)]
        return ["ssh", *mine, *trusting, "-o", f"ControlPath={self.folder / 'ssh'}", *options, f"root@{self.address}"]
