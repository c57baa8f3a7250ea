"""What a service tells systemd, see sd_notify(3); nothing at all where systemd did not start us."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

_BARRIER_WAIT = 5.0  # seconds; systemd answers within milliseconds
_MICROSECONDS = 1_000_000


class Notifier:
    """The way to systemd. `environment` is where systemd says which."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._watchdog = int(environment.get("WATCHDOG_USEC", "0")) / _MICROSECONDS

    def say(self, *assignments: str, descriptors: tuple[int, ...] = ()) -> None:
        """Tell systemd `READY=1` and the like. A lost message is not worth failing for."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door, suppress(OSError):
            door.connect(self._address)
            socket.send_fds(door, ["\n".join(assignments).encode()], list(descriptors))

    async def settled(self) -> None:
        """Return when systemd has taken in all that it was told: it closes what comes with BARRIER=1 by then."""
        if not self._address:
            return
        ours, theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self.say("BARRIER=1", descriptors=(theirs,))
        finally:
            os.close(theirs)
        closed = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, closed.set)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(closed.wait(), _BARRIER_WAIT)
        finally:
            loop.remove_reader(ours)
            os.close(ours)

    async def keep_watchdog(self) -> None:
        """Say twice in each interval that the event loop turns, for ever; return at once where nobody wants it."""
        while self._watchdog:
            self.say("WATCHDOG=1")
            await asyncio.sleep(self._watchdog / 2)
