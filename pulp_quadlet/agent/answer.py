"""Wait for the agent's answer as long as it takes, but not for one that cannot come any more.

When a service leaves the bus, the bus itself answers who waits for it. But where SELinux does not let an answer pass,
the bus thinks that it was given, and nobody would ever hear of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from pulp_quadlet.agent.contract import NAME
from pulp_quadlet.dbus.errors import NO_REPLY, BusCallError
from pulp_quadlet.dbus.signals import BUS, BUS_PATH

LOOK = 5.0
"""Seconds between two looks."""
_Value = TypeVar("_Value")


class Asked(Protocol):
    """What is needed of the message bus."""

    async def call(
        self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        """The answer's values. Raises BusCallError."""
        ...


async def answered(bus: Asked, call: Coroutine[Any, Any, _Value], look: float = LOOK) -> _Value:
    """What the call returns. Raises BusCallError, also when the agent that was called is gone."""
    calling = asyncio.ensure_future(call)
    agent, gone = "", False
    try:
        while not (await asyncio.wait((calling,), timeout=look))[0]:
            if gone:
                raise BusCallError(NO_REPLY, "it has ended, and its answer did not pass; ausearch -m USER_AVC may tell")
            agent = agent or await _owner(bus)
            # an answer may still be on its way: it is waited for once more
            gone = bool(agent) and not await _lives(bus, agent)
        return await calling
    finally:
        calling.cancel()


async def _owner(bus: Asked) -> str:
    """The connection of the agent; none while it is being started."""
    try:
        [owner] = await bus.call(BUS, BUS_PATH, BUS, "GetNameOwner", "s", NAME)
    except BusCallError:
        return ""
    return str(owner)


async def _lives(bus: Asked, connection: str) -> bool:
    [lives] = await bus.call(BUS, BUS_PATH, BUS, "NameHasOwner", "s", connection)
    return bool(lives)
