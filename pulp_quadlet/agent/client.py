"""The other side of the bus: the agent as the command line uses it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from pulp_quadlet.agent.answer import answered
from pulp_quadlet.agent.contract import JOB, MANAGER, NAME, PATH, SITE
from pulp_quadlet.agent.meant import meant
from pulp_quadlet.dbus.connection import Bus, connected
from pulp_quadlet.dbus.errors import BusCallError, BusUnreachable
from pulp_quadlet.dbus.signals import BUS, BUS_PATH, Signal
from pulp_quadlet.errors import (
    AgentError,
    Problem,
)

_PROPERTIES = "org.freedesktop.DBus.Properties"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"


class Listener(Protocol):
    """Hears how a job goes on."""

    def step(self, number: int, count: int, title: str, why: list[str]) -> None:
        """A step begins."""
        ...

    def noted(self, text: str) -> None:
        """Something happens between or within steps."""
        ...

    def line(self, text: str) -> None:
        """A program that the step runs said this."""
        ...

    def waiting(self, text: str) -> None:
        """It waits to be confirmed."""
        ...


class RemoteJob:
    """A job of the agent."""

    def __init__(self, bus: Bus, number: int, path: str) -> None:
        self.number = number
        self._bus = bus
        self._path = path

    async def result(self) -> dict[str, Any]:
        """Wait for its end. Raises PulpQuadletError when it did not end well."""
        value: dict[str, Any] = json.loads(await self._call("Result"))
        return value

    async def cancel(self) -> None:
        """Ask it to go back."""
        await self._call("Cancel")

    async def _call(self, member: str) -> str:
        [*answer] = await _call(self._bus, self._path, JOB, member, "a{sv}", {})
        return str(answer[0]) if answer else ""


class Agent:
    """The agent, over one connection. `interactive` lets polkit ask the user for a password."""

    def __init__(self, bus: Bus, *, interactive: bool) -> None:
        self._bus = bus
        self._interactive = interactive

    async def ask(self, member: str, file: str, options: dict[str, str]) -> dict[str, Any]:
        """Check, Plan, History or Health."""
        [answer] = await self._manager(member, "sa{sv}", file, options)
        value: dict[str, Any] = json.loads(answer)
        return value

    async def metrics(self) -> str:
        """The figures for Prometheus."""
        [text] = await self._manager("Metrics", "a{sv}", {})
        return str(text)

    async def confirm(self) -> None:
        """Keep what the running try applied."""
        await self._manager("Confirm", "a{sv}", {})

    async def begin(self, member: str, signature: str, *arguments: Any, listener: Listener) -> RemoteJob:
        """Apply, Try or Rollback; `listener` hears of it from its first step."""
        ear = _Ear(listener)
        for interface, name in ((JOB, "Stepped"), (JOB, "Line"), (JOB, "Noted"), (_PROPERTIES, "PropertiesChanged")):
            await _told(self._bus.signals(sender=NAME, interface=interface, member=name, callback=ear.heard))
        number, path = await self._manager(member, signature, *arguments)
        ear.listen_to(path)
        return RemoteJob(self._bus, number, path)

    async def watch(self, file: str, options: dict[str, str], changed: Callable[[str, dict[str, Any]], None]) -> None:
        """Call back with the path and the values of all that is there, then of whatever changes.

        Returns when it ends: the agent, the bus or the site is gone.
        """
        gone = asyncio.Event()

        def told(signal: Signal) -> None:
            changed(signal.path, signal.arguments[1])

        def added(signal: Signal) -> None:
            path, interfaces = signal.arguments
            for values in interfaces.values():
                changed(path, values)

        def removed(signal: Signal) -> None:
            if SITE in signal.arguments[1]:
                gone.set()

        for interface, name, heard in (
            (_PROPERTIES, "PropertiesChanged", told),
            (_OBJECTS, "InterfacesAdded", added),
            (_OBJECTS, "InterfacesRemoved", removed),
        ):
            await _told(self._bus.signals(sender=NAME, interface=interface, member=name, callback=heard))
        await self._manager("Watch", "sa{sv}", file, options)
        [there] = await _told(self._bus.call(NAME, PATH, _OBJECTS, "GetManagedObjects"))
        for path, interfaces in there.items():
            for values in interfaces.values():
                changed(path, values)
        [owner] = await _told(self._bus.call(BUS, BUS_PATH, BUS, "GetNameOwner", "s", NAME))
        await _told(self._bus.vanished(owner, gone.set))
        self._bus.closed.add_done_callback(lambda _closed: gone.set())
        await gone.wait()

    async def _manager(self, member: str, signature: str, *arguments: Any) -> list[Any]:
        return await _call(self._bus, PATH, MANAGER, member, signature, *arguments, interactive=self._interactive)


class _Ear:
    """Passes on what is heard of one job. What comes before its path is known is kept until then."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._path = ""
        self._early: list[Signal] = []

    def listen_to(self, path: str) -> None:
        self._path = path
        early, self._early = self._early, []
        for signal in early:
            self.heard(signal)

    def heard(self, signal: Signal) -> None:
        if not self._path:
            self._early.append(signal)
        elif signal.path != self._path:
            return
        elif signal.member == "Stepped":
            self._listener.step(*signal.arguments)
        elif signal.member == "Line":
            self._listener.line(*signal.arguments)
        elif signal.member == "Noted":
            self._listener.noted(*signal.arguments)
        elif signal.arguments[1].get("State") == "waiting":
            self._listener.waiting(str(signal.arguments[1].get("Message", "")))


@asynccontextmanager
async def agent(*, interactive: bool) -> AsyncIterator[Agent]:
    """The agent, which the bus starts when it is called. Raises AgentError where there is no bus."""
    try:
        async with connected() as bus:
            yield Agent(bus, interactive=interactive)
    except BusUnreachable as error:
        raise AgentError(
            Problem(
                code="bus-unreachable",
                message="the message bus cannot be reached, and over it the agent",
                notes=(error.reason,),
                help=("a site runs on a host that systemd has booted; `pulp-quadlet render` works anywhere",),
            )
        ) from error


async def _call(  # noqa: PLR0913  a call has these parts
    bus: Bus, path: str, interface: str, member: str, signature: str, *arguments: Any, interactive: bool = False
) -> list[Any]:
    call = bus.call(NAME, path, interface, member, signature, *arguments, interactive=interactive)
    return list(await _told(answered(bus, call)))


async def _told(call: Any) -> Any:
    try:
        return await call
    except BusCallError as error:
        raise meant(error) from error
