"""A small service for the tests: its contract, its object, and a client beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pulp_quadlet.dbus.connection import Bus, connected
from pulp_quadlet.dbus.server import NAME, Caller, Server

TAKES_AT_MOST = 20.0  # seconds, for a test that would wait for ever
MANAGER = f"{NAME}.Manager"
JOB = f"{NAME}.Job"
ROOT = "/org/pulpproject/Quadlet1"
CONTRACT = f"""<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node>
  <!-- not for the bus -->
  <interface name="{MANAGER}">
    <method name="Do">
      <arg name="what" type="s" direction="in"/>
      <arg name="options" type="a{{sv}}" direction="in"/>
      <arg name="said" type="s" direction="out"/>
      <arg name="path" type="o" direction="out"/>
    </method>
    <method name="Nothing"/>
    <signal name="Said"><arg name="words" type="s"/></signal>
    <property name="Version" type="s" access="read">
      <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="const"/>
    </property>
    <property name="Jobs" type="ao" access="read"/>
    <property name="Load" type="d" access="read">
      <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="invalidates"/>
    </property>
  </interface>
  <interface name="{JOB}">
    <property name="Id" type="u" access="read"/>
  </interface>
</node>
"""

Handler = Callable[[str, list[Any], Caller], Awaitable[Sequence[Any]]]


async def _says_nothing(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
    return ()


@dataclass(slots=True)
class Manager:
    """What it does is given by the test."""

    handler: Handler = _says_nothing
    jobs: list[str] = field(default_factory=list)

    async def call(self, member: str, arguments: list[Any], caller: Caller) -> Sequence[Any]:
        return await self.handler(member, arguments, caller)

    def properties(self) -> dict[str, Any]:
        return {"Version": "1", "Jobs": self.jobs, "Load": 0.5}


@dataclass(slots=True)
class Job:
    number: int

    async def call(self, member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
        raise AssertionError(member)

    def properties(self) -> dict[str, Any]:
        return {"Id": self.number}


@dataclass(slots=True)
class World:
    """The service, and a client with a connection of its own."""

    server: Server
    manager: Manager
    service: Bus
    client: Bus
    bugs: list[BaseException]

    async def do(self, what: str = "", **options: Any) -> list[Any]:
        return await self.client.call(NAME, ROOT, MANAGER, "Do", "sa{sv}", what, options)

    async def heard(self, interface: str, member: str) -> list[tuple[str, list[Any]]]:
        """The signals from now on: where they came from, and their arguments."""
        heard: list[tuple[str, list[Any]]] = []
        await self.client.signals(
            sender=NAME,
            interface=interface,
            member=member,
            callback=lambda signal: heard.append((signal.path, signal.arguments)),
        )
        return heard

    async def settled(self) -> None:
        """All that the service has sent so far has been received."""
        await self.service.flush()
        await self.client.call(NAME, ROOT, "org.freedesktop.DBus.Peer", "Ping")


@asynccontextmanager
async def served(address: str) -> AsyncIterator[World]:
    manager, bugs = Manager(), list[BaseException]()
    async with connected(address) as service, connected(address) as client:
        server = Server(service, CONTRACT, describe=lambda error: f"JSON of {error}", bug=bugs.append)
        server.add(ROOT, {MANAGER: manager})
        await service.own(NAME)
        yield World(server, manager, service, client, bugs)


def play(story: Coroutine[Any, Any, None]) -> None:
    """Run a test to its end, in a loop that complains about everything."""

    async def watched() -> list[str]:
        complaints: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(str(context)))
        async with asyncio.timeout(TAKES_AT_MOST):
            await story
        return complaints

    assert asyncio.run(watched()) == []


def answering(*results: Any) -> Handler:
    async def handler(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
        return results

    return handler


def failing(error: BaseException) -> Handler:
    async def handler(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
        raise error

    return handler


async def waits(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
    """A handler that never ends by itself."""
    await asyncio.Event().wait()
    return ()


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0)
