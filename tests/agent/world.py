"""The agent on a bus of its own, with a fake process that does the work, and a client beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulp_quadlet.agent.contract import JOB, MANAGER, NAME, PATH, job_path
from pulp_quadlet.agent.main import Setting, serve
from pulp_quadlet.dbus.connection import Bus, connected
from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.errors import ExitCode
from tests.agent.fake_agent import WORK, watch


@dataclass
class World:
    """An agent, and a client with a connection of its own."""

    client: Bus
    home: Path
    agent: asyncio.Task[ExitCode]
    address: str

    @property
    def file(self) -> str:
        return str(self.home / "site.toml")

    def words(self, *words: str) -> None:
        """What the fake process shall do."""
        (self.home / "words").write_text("\n".join(words))

    async def manager(self, member: str, signature: str, *arguments: Any) -> list[Any]:
        return await self.client.call(NAME, PATH, MANAGER, member, signature, *arguments)

    async def job(self, number: int, member: str) -> list[Any]:
        return await self.client.call(NAME, job_path(number), JOB, member, "a{sv}", {})

    async def result(self, number: int) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((await self.job(number, "Result"))[0])
        return value

    async def heard(self, interface: str, member: str) -> list[tuple[str, list[Any]]]:
        heard: list[tuple[str, list[Any]]] = []
        await self.client.signals(
            sender=NAME,
            interface=interface,
            member=member,
            callback=lambda signal: heard.append((signal.path, signal.arguments)),
        )
        return heard


@asynccontextmanager
async def world(address: str, home: Path, *, idle_timeout: float = 60.0) -> AsyncIterator[World]:
    setting = Setting(
        watcher=watch, work=WORK, address=address, idle_timeout=idle_timeout, home=home, counter=home / ".last-job"
    )
    agent = asyncio.create_task(serve(setting))
    async with connected(address) as client:
        try:
            await until_there(client)
            yield World(client, home, agent, address)
        finally:
            agent.cancel()
            await asyncio.wait([agent])


async def until_there(client: Bus) -> None:
    while True:
        try:
            await client.call(NAME, PATH, "org.freedesktop.DBus.Peer", "Ping")
        except BusCallError:
            await asyncio.sleep(0.02)
        else:
            return


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.02)
