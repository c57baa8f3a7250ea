"""Signals: what they carry, where they come from, and that none comes before the answer that it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.dbus.server import Caller
from tests.dbus.world import JOB, MANAGER, ROOT, Job, World, play, served

pytestmark = pytest.mark.lab

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"


async def order(world: World) -> list[str]:
    """What the client receives, in this order: signals by their words, the answer by its own."""
    received: list[str] = []
    await world.client.signals(
        sender=world.service.name,
        interface=MANAGER,
        member="Said",
        callback=lambda signal: received.append(signal.arguments[0]),
    )

    try:
        received.append((await world.do())[0])
    except BusCallError as error:
        received.append(error.name.rpartition(".")[2])
    await world.settled()
    return received


def test_what_a_handler_emits_comes_after_its_answer(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:

            async def emits(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
                world.server.signal(ROOT, MANAGER, "Said", "by the handler")
                await asyncio.sleep(0.05)
                return "the answer", "/"

            world.manager.handler = emits
            assert await order(world) == ["the answer", "by the handler"]

    play(story())


def test_what_a_task_of_a_handler_emits_comes_after_its_answer(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            tasks: list[asyncio.Task[None]] = []

            async def runs() -> None:
                world.server.signal(ROOT, MANAGER, "Said", "at once")
                await asyncio.sleep(0.1)
                world.server.signal(ROOT, MANAGER, "Said", "later")

            async def starts(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
                tasks.append(asyncio.create_task(runs()))
                await asyncio.sleep(0.02)
                return "the answer", "/"

            world.manager.handler = starts
            assert (await order(world))[:2] == ["the answer", "at once"]
            heard = await world.heard(MANAGER, "Said")
            await asyncio.gather(*tasks)
            await world.settled()
            assert heard == [(ROOT, ["later"])]

    play(story())


def test_what_a_failed_handler_emitted_comes_after_its_error(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:

            async def fails(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
                world.server.signal(ROOT, MANAGER, "Said", "by the handler")
                raise ZeroDivisionError

            world.manager.handler = fails
            assert await order(world) == ["Bug", "by the handler"]

    play(story())


def test_an_action_runs_after_the_answer_and_its_bugs_are_logged(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            done: list[str] = []

            async def asks(_member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
                world.server.after_reply(lambda: done.append("after"))
                world.server.after_reply(lambda: done.append(str(1 // 0)))
                done.append("handler")
                return "", "/"

            world.manager.handler = asks
            await world.do()
            await world.settled()
            assert done == ["handler", "after"]
            assert [type(bug) for bug in world.bugs] == [ZeroDivisionError]
            world.server.after_reply(lambda: done.append("at once"))
            assert done[-1] == "at once"

    play(story())


def test_changes_are_told_as_the_contract_says(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            heard = await world.heard(PROPERTIES, "PropertiesChanged")
            world.manager.jobs = ["/one"]
            world.server.changed(ROOT, MANAGER, "Jobs", "Load", "Version")
            world.server.changed(ROOT, MANAGER, "Version")
            world.server.changed("/gone", MANAGER, "Jobs")
            await world.settled()
            assert heard == [(ROOT, [MANAGER, {"Jobs": ["/one"]}, ["Load"]])]

    play(story())


def test_objects_are_announced_by_the_object_manager(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            path = f"{ROOT}/job/_1"
            added = await world.heard(OBJECT_MANAGER, "InterfacesAdded")
            removed = await world.heard(OBJECT_MANAGER, "InterfacesRemoved")
            world.server.add(path, {JOB: Job(1)})
            world.server.remove(path)
            await world.settled()
            assert added == [(ROOT, [path, {JOB: {"Id": 1}}])]
            assert removed == [(ROOT, [path, [JOB]])]

    play(story())


def test_what_is_not_in_the_contract_is_not_sent(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            with pytest.raises(KeyError):
                world.server.signal(ROOT, MANAGER, "Other")
            with pytest.raises(ValueError, match=r"^`s` wants 1 values, not "):
                world.server.signal(ROOT, MANAGER, "Said")
            with pytest.raises(ValueError, match=r"has the properties \['Jobs', 'Load', 'Version'\], not \['Id'\]$"):
                world.server.add("/other", {MANAGER: Job(1)})
            with pytest.raises(KeyError):
                world.server.add("/other", {"org.example.Other": Job(1)})

    play(story())
