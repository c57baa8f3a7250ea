"""When the agent may leave: nobody has called for a while, and nothing is going on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Idle:
    """Counts calls that are being answered. `busy` tells of all else that keeps the agent; `timeout` is in seconds."""

    def __init__(self, timeout: float, busy: Callable[[], bool]) -> None:
        self._timeout = timeout
        self._busy = busy
        self._calls = 0
        self._last = time.monotonic()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """A call is being answered."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1
            self._last = time.monotonic()

    async def long_enough(self) -> None:
        """Return when nothing has gone on for the whole timeout."""
        left = self._left()
        while left > 0:
            await asyncio.sleep(left)
            left = self._left()

    def _left(self) -> float:
        now = time.monotonic()
        if self._calls > 0 or self._busy():
            self._last = now
        return self._last + self._timeout - now
