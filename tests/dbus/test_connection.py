"""A connection to a real bus."""

from __future__ import annotations

import itertools
import os

import pytest

from pulp_quadlet.dbus.connection import connected
from pulp_quadlet.dbus.errors import ACCESS_DENIED, NO_REPLY, BusCallError, BusUnreachable
from pulp_quadlet.dbus.library import Message, SignatureTree
from pulp_quadlet.dbus.server import NAME, Caller
from pulp_quadlet.errors import HostError
from tests.dbus.daemon import Daemon
from tests.dbus.world import MANAGER, ROOT, play, served, until, waits

pytestmark = pytest.mark.lab

BUS = "org.freedesktop.DBus"


def test_an_answer_has_plain_values(address: str) -> None:
    async def story() -> None:
        async with connected(address) as bus:
            [names] = await bus.call(BUS, "/", BUS, "ListNames")
            assert bus.name in names
            assert await bus.property(BUS, "/org/freedesktop/DBus", BUS, "Interfaces")
            assert "Features" in await bus.properties(BUS, "/org/freedesktop/DBus", BUS)

    play(story())


def test_an_error_has_a_name_and_a_text(address: str) -> None:
    async def story() -> None:
        async with connected(address) as bus:
            with pytest.raises(BusCallError) as raised:
                await bus.call("org.example.Nobody", "/", "org.example.Nobody", "Nothing")
            assert raised.value.name == "org.freedesktop.DBus.Error.ServiceUnknown"
            assert raised.value.text == str(raised.value) == raised.value.body[0]

    play(story())


def test_a_call_may_wait_no_longer_than_it_was_told(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = waits
            with pytest.raises(BusCallError, match=r"^`Nothing` was not answered within 0\.05 s$") as raised:
                await world.client.call(NAME, ROOT, MANAGER, "Nothing", timeout=0.05)
            assert raised.value.name == NO_REPLY

    play(story())


def test_a_name_has_one_owner(address: str) -> None:
    async def story() -> None:
        async with connected(address) as one, connected(address) as two:
            await one.own("org.example.Name")
            await one.own("org.example.Name")
            with pytest.raises(HostError, match=r"^another process owns org\.example\.Name on the message bus$"):
                await two.own("org.example.Name")
            await one.release("org.example.Name")
            await two.own("org.example.Name")
            with pytest.raises(BusCallError) as raised:
                await one.own("org.example.Forbidden")
            assert raised.value.name == ACCESS_DENIED

    play(story())


def test_who_calls_is_known(address: str) -> None:
    async def story() -> None:
        async with connected(address) as one, connected(address) as two:
            assert await one.uid_of(two.name) == os.getuid()
            with pytest.raises(BusCallError):
                await one.uid_of(":9.99")

    play(story())


def test_the_end_of_another_is_told_once_also_when_it_was_before(address: str) -> None:
    async def story() -> None:
        async with connected(address) as one:
            async with connected(address) as two, connected(address) as three:
                gone: list[str] = []
                await one.vanished(two.name, lambda: gone.append("two"))
                forgotten = await one.vanished(three.name, lambda: gone.append("three"))
                forgotten()
                assert gone == []
            await until(lambda: gone)
            await one.vanished(two.name, lambda: gone.append("two, again"))
            assert gone == ["two", "two, again"]

    play(story())


def test_signals_count_from_their_sender_alone(address: str) -> None:
    """Anybody may send a signal of any interface right to us."""

    async def story() -> None:
        async with served(address) as world, connected(address) as liar:
            heard = await world.heard(MANAGER, "Said")
            lie = Message.new_signal(ROOT, MANAGER, "Said", "s", ["a lie"])
            lie.destination = world.client.name
            liar.send(lie)
            await liar.flush()
            await liar.call(BUS, "/", BUS, "GetId")  # the bus has passed the lie on
            world.server.signal(ROOT, MANAGER, "Said", "the truth")
            await world.settled()
            assert heard == [(ROOT, ["the truth"])]

    play(story())


def test_signals_follow_their_name_and_end_when_nobody_listens(address: str) -> None:
    async def story() -> None:
        async with connected(address) as client:
            heard: list[str] = []
            end = await client.signals(
                sender=NAME,
                interface=MANAGER,
                member="Said",
                path=ROOT,
                callback=lambda signal: heard.extend(signal.arguments),
            )
            for words in ("one", "two", "not heard"):
                async with served(address) as world:
                    world.server.signal(ROOT, MANAGER, "Said", words)
                    world.server.signal("/elsewhere", MANAGER, "Said", "elsewhere")
                    await world.settled()
                await client.call(BUS, "/", BUS, "GetId")
                if words == "two":
                    end()
                    end()
            assert heard == ["one", "two"]

    play(story())


def test_a_bus_that_ends_is_noticed(daemon: Daemon) -> None:
    async def story() -> None:
        async with served(daemon.address) as world:

            async def kills(_member: str, _arguments: list[object], _caller: Caller) -> tuple[()]:
                daemon.kill()
                return ()

            world.manager.handler = kills
            with pytest.raises(BusUnreachable):
                await world.do()
            await world.client.closed
            await world.service.closed
            with pytest.raises(BusUnreachable) as raised:
                await world.do()
            assert raised.value.reason == "the connection was lost"
            world.server.signal(ROOT, MANAGER, "Said", "to nobody")
            await world.service.flush()

    play(story())


def test_a_full_socket_is_waited_for(address: str) -> None:
    """All of this is more than the kernel takes at once."""

    async def story() -> None:
        async with served(address) as world:
            heard = await world.heard(MANAGER, "Said")
            words = [f"{number} {'x' * 5000}" for number in range(2000)]
            for each in words:
                world.server.signal(ROOT, MANAGER, "Said", each)
            await world.settled()
            assert [arguments for _path, arguments in heard] == [[each] for each in words]

    play(story())


def test_what_was_sent_last_arrives(address: str) -> None:
    async def story() -> None:
        async with connected(address) as client:
            heard: list[int] = []
            async with connected(address) as other:
                await client.signals(
                    sender=other.name,
                    interface=MANAGER,
                    member="Said",
                    callback=lambda signal: heard.append(len(signal.arguments[0])),
                )
                other.send(Message.new_signal(ROOT, MANAGER, "Said", "s", ["y" * 1_000_000]))
            await until(lambda: heard)
            assert heard == [1_000_000]

    play(story())


def test_signatures_are_not_remembered_for_ever(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            for signature in itertools.islice(itertools.product("suixt", repeat=5), 1500):
                values = ["" if kind == "s" else 1 for kind in signature]
                with pytest.raises(BusCallError):
                    await world.client.call(NAME, ROOT, MANAGER, "Nothing", "".join(signature), *values)
            assert len(SignatureTree._cache) < 1100  # noqa: SLF001  it is what may not grow

    play(story())
