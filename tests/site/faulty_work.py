"""The process that works for the agent, around the real one: it kills them both at one call of the host.

The file `fault` says at which: `before CALL`, `during CALL` or `after CALL`, once; words behind that are a command that
is run instead. Every call is written to the file `calls`.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulp_quadlet.agent.work import run
from pulp_quadlet.changing import settle
from pulp_quadlet.host.machine import Machine

FOLDER = Path("/run/pulp-quadlet")
FAULT = FOLDER / "fault"
CALLS = FOLDER / "calls"
HEALTHY_WITHIN = FOLDER / "healthy-within"
SOON = 0.4  # seconds; a call that takes less is over by then


def strike() -> None:
    """Kill the agent, which systemd starts again, and this process; or run the command."""
    command = FAULT.read_text(encoding="utf-8").split(maxsplit=2)[2:]
    FAULT.unlink()
    if command:
        os.system(command[0])  # noqa: S605, TID251  the test's own command, in a machine of its own
        return
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


class Faulty:
    """A host that ends the world at one of its calls."""

    def __init__(self, host: Any) -> None:
        self._host = host

        self.locked = host.locked  # not a call, but what holds the others together

    def __getattr__(self, name: str) -> Any:
        async def call(*words: Any, **more: Any) -> Any:
            with CALLS.open("a", encoding="utf-8") as calls:
                calls.write(f"{name}\n")
            wanted = FAULT.read_text(encoding="utf-8").split()[:2] if FAULT.exists() else ["", ""]
            if wanted == ["before", name]:
                strike()
            if wanted == ["during", name]:
                threading.Timer(SOON, strike).start()
            found = await getattr(self._host, name)(*words, **more)
            if wanted in (["after", name], ["during", name]):
                strike()
            await asyncio.sleep(0)
            return found

        return call


def make(listener: Callable[[str], None]) -> Any:
    """The real machine behind the faulty one."""
    return Faulty(Machine(listener=listener))


if __name__ == "__main__":
    if HEALTHY_WITHIN.exists():
        settle.HEALTHY_WITHIN = float(HEALTHY_WITHIN.read_text(encoding="utf-8"))
    run(make)
