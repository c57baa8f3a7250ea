"""Calls: what handlers are given, what callers get, and that everyone gets exactly one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pulp_quadlet.dbus.errors import BusCallError, CallRefused
from pulp_quadlet.dbus.library import Message, MessageFlag
from pulp_quadlet.dbus.server import NAME, Caller
from pulp_quadlet.errors import HostError, Problem
from tests.dbus.world import JOB, MANAGER, ROOT, answering, failing, play, served, until, waits

pytestmark = pytest.mark.lab

STANDARD = "org.freedesktop.DBus.Error"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"


def test_a_handler_gets_plain_values_and_knows_its_caller(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            seen: list[Any] = []

            async def sees(member: str, arguments: list[Any], caller: Caller) -> Sequence[Any]:
                await asyncio.sleep(0)
                seen.extend([member, *arguments, caller])
                return "said", "/path"

            world.manager.handler = sees
            assert await world.do("what", number=1, list=["one"], deep={"yes": True}) == ["said", "/path"]
            caller = Caller(name=world.client.name, interactive=False)
            assert seen == ["Do", "what", {"number": 1, "list": ["one"], "deep": {"yes": True}}, caller]
            await world.client.call(NAME, ROOT, MANAGER, "Do", "sa{sv}", "", {}, interactive=True)
            assert seen[-1] == Caller(name=world.client.name, interactive=True)

    play(story())


@pytest.mark.parametrize(
    ("path", "interface", "member", "arguments", "name", "text"),
    [
        ("/nowhere", MANAGER, "Nothing", ("",), "UnknownObject", "there is no object /nowhere"),
        (
            "/nowhere",
            "org.freedesktop.DBus.Introspectable",
            "Introspect",
            ("",),
            "UnknownObject",
            "there is no object /nowhere",
        ),
        (
            ROOT,
            "org.example.Other",
            "Nothing",
            ("",),
            "UnknownInterface",
            f"{ROOT} has no interface org.example.Other",
        ),
        (ROOT, JOB, "Nothing", ("",), "UnknownInterface", f"{ROOT} has no interface {JOB}"),
        (ROOT, MANAGER, "Other", ("",), "UnknownMethod", f"{MANAGER} has no method Other"),
        (ROOT, None, "Other", ("",), "UnknownMethod", f"{ROOT} has no method Other"),
        (ROOT, MANAGER, "Do", ("s", "what"), "InvalidArgs", "Do takes (sa{sv}), not (s)"),
        (ROOT, MANAGER, "Nothing", ("s", "what"), "InvalidArgs", "Nothing takes (), not (s)"),
        (ROOT, PROPERTIES, "Get", ("ss", MANAGER, "Other"), "UnknownProperty", f"{MANAGER} has no property Other"),
        (ROOT, PROPERTIES, "Get", ("ss", "", "Other"), "UnknownProperty", f"{ROOT} has no property Other"),
        (ROOT, PROPERTIES, "GetAll", ("s", JOB), "UnknownInterface", f"{ROOT} has no interface {JOB}"),
        (
            ROOT,
            PROPERTIES,
            "Set",
            ("ssv", MANAGER, "Version", "2"),
            "PropertyReadOnly",
            "the property Version cannot be written",
        ),
        (ROOT, PROPERTIES, "Set", ("ssv", MANAGER, "Other", 2), "UnknownProperty", f"{MANAGER} has no property Other"),
        (
            "/org/pulpproject",
            OBJECT_MANAGER,
            "GetManagedObjects",
            ("",),
            "UnknownInterface",
            f"/org/pulpproject has no interface {OBJECT_MANAGER}",
        ),
    ],
)
def test_what_is_not_there_has_a_standard_error(
    address: str, path: str, interface: str, member: str, arguments: tuple[Any, ...], name: str, text: str
) -> None:
    async def story() -> None:
        async with served(address) as world:
            with pytest.raises(BusCallError) as raised:
                await world.client.call(NAME, path, interface, member, *arguments)
            assert (raised.value.name, raised.value.text) == (f"{STANDARD}.{name}", text)
            assert world.bugs == []

    play(story())


def test_a_refusal_keeps_its_name(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = failing(CallRefused(f"{NAME}.Error.Busy", "job 3 runs"))
            with pytest.raises(BusCallError) as raised:
                await world.do()
            assert (raised.value.name, raised.value.body) == (f"{NAME}.Error.Busy", ("job 3 runs",))
            assert world.bugs == []

    play(story())


def test_problems_come_with_their_data(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = failing(HostError(Problem(code="unit-failed", message="x\0 failed")))
            with pytest.raises(BusCallError) as raised:
                await world.do()
            assert raised.value.name == f"{NAME}.Error.UnitFailed"
            assert raised.value.body == ("x� failed", "JSON of x� failed")
            assert world.bugs == []

    play(story())


@pytest.mark.parametrize(
    "handler",
    [
        failing(ZeroDivisionError("/a/path/of/ours")),
        answering("one result of two"),
        answering("two", "no path"),
        answering(1, "/"),
    ],
)
def test_a_bug_is_told_in_a_sentence_and_logged_whole(address: str, handler: Any) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = handler
            with pytest.raises(BusCallError) as raised:
                await world.do()
            assert raised.value.name == f"{NAME}.Error.Bug"
            assert raised.value.body == ("Do failed by a bug in pulp-quadlet; its journal tells more",)
            [bug] = world.bugs
            assert bug.__traceback__ is not None

    play(story())


def test_a_call_that_is_cancelled_is_answered(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = failing(asyncio.CancelledError())
            with pytest.raises(BusCallError) as raised:
                await world.do()
            assert (raised.value.name, raised.value.text) == (f"{NAME}.Error.Cancelled", "Do was cancelled")
            assert world.server.busy == 0

    play(story())


def test_closing_answers_all_calls_and_refuses_the_next(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = waits
            running = [asyncio.create_task(world.do()) for _ in range(3)]
            await until(lambda: world.server.busy == len(running))
            await world.server.close()
            ends = await asyncio.gather(*running, world.do(), return_exceptions=True)
            names = [end.name for end in ends if isinstance(end, BusCallError)]
            assert names == [f"{NAME}.Error.Cancelled"] * 4

    play(story())


def test_a_call_that_is_cancelled_before_it_began_is_answered(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = waits
            call = asyncio.create_task(world.do())
            await until(lambda: world.server.busy)
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task() and "Server._served" in repr(task.get_coro()):
                    task.cancel()
            with pytest.raises(BusCallError, match=r"^Do was cancelled$"):
                await call

    play(story())


def test_who_wants_no_answer_gets_none(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = failing(ZeroDivisionError())
            message = Message(
                destination=NAME, path=ROOT, interface=MANAGER, member="Nothing", flags=MessageFlag.NO_REPLY_EXPECTED
            )
            world.client.send(message)
            await world.settled()
            assert len(world.bugs) == 1
            assert world.server.busy == 0

    play(story())


def test_calls_without_an_interface_find_their_way(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = answering()
            nobody: Any = None
            assert await world.client.call(NAME, ROOT, nobody, "Nothing") == []
            assert await world.client.call(NAME, ROOT, nobody, "Ping") == []

    play(story())
