"""Questions, which change nothing: each is answered by a process of its own, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pulp_quadlet.agent.child import Child, Request
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.report.told import error_of

_AT_ONCE = 2  # anybody may ask, and each answer costs a second of a processor
_LIMIT = 300.0  # seconds


class Questions:
    """Ask processes. `work` is the command that starts one, `limit` the seconds that each is given."""

    def __init__(self, work: Sequence[str], limit: float = _LIMIT) -> None:
        self._work = work
        self._limit = limit
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, verb: str, file: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """The value of the result. Raises PulpQuadletError with what the process tells."""
        async with self._room:
            child = await Child.start(self._work, Request(verb=verb, file=file, options=dict(options)))
            try:
                async with asyncio.timeout(self._limit):
                    return await _answer(child)
            except TimeoutError as error:
                raise HostError(
                    Problem(code="no-answer", message=f"`{verb}` was not answered within {self._limit:g} seconds")
                ) from error
            finally:
                await child.end()


async def _answer(child: Child) -> dict[str, Any]:
    value: dict[str, Any] = {}
    async for event in child.events():
        if event.get("event") == "error":
            raise error_of(event)
        if event.get("event") == "result":
            value = event.get("value", {})
    return value
