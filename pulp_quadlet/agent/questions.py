"""Questions, which change nothing: each is answered by a process of its own, a few at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pulp_quadlet.agent.child import Child, Request
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.report.told import error_of

_AT_ONCE = 2  # each answer costs a second of a processor
_WAITING = 8  # questions of one user that wait or are answered; anybody may ask
_LIMIT = 300.0  # seconds


class Questions:
    """Ask processes. `work` is the command that starts one, `limit` the seconds that each is given."""

    def __init__(self, work: Sequence[str], limit: float = _LIMIT) -> None:
        self._work = work
        self._limit = limit
        self._asked = Counter[int]()
        # root does not wait for anybody
        self._rooms = {True: asyncio.Semaphore(_AT_ONCE), False: asyncio.Semaphore(_AT_ONCE)}

    async def ask(self, verb: str, file: str, options: Mapping[str, Any], uid: int = 0) -> dict[str, Any]:
        """The value of the result. Raises PulpQuadletError with what the process tells, or for too many questions."""
        with self._counted(uid):
            async with self._rooms[uid == 0]:
                return await self._answer(verb, file, options)

    async def _answer(self, verb: str, file: str, options: Mapping[str, Any]) -> dict[str, Any]:
        child = await Child.start(self._work, Request(verb=verb, file=file, options=dict(options)))
        try:
            async with asyncio.timeout(self._limit):
                return await _value(child)
        except TimeoutError as error:
            raise HostError(
                Problem(code="no-answer", message=f"`{verb}` was not answered within {self._limit:g} seconds")
            ) from error
        finally:
            await child.end()

    @contextmanager
    def _counted(self, uid: int) -> Iterator[None]:
        if uid and self._asked[uid] >= _WAITING:
            raise HostError(
                Problem(code="too-many-questions", message=f"{_WAITING} questions of this user are not answered yet")
            )
        self._asked[uid] += 1
        try:
            yield
        finally:
            self._asked[uid] -= 1


async def _value(child: Child) -> dict[str, Any]:
    value: dict[str, Any] = {}
    async for event in child.events():
        if event.get("event") == "error":
            raise error_of(event)
        if event.get("event") == "result":
            value = event.get("value", {})
    return value
