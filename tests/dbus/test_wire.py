"""A bus that misbehaves: each of these made the library hang, or go on with nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.dbus.connection import connected
from pulp_quadlet.dbus.errors import BusUnreachable
from pulp_quadlet.dbus.library import Message, MessageType
from tests.dbus.world import play

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Bus = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def authenticated(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"OK 0123456789abcdef\r\n")
    assert await reader.readline() == b"BEGIN\r\n"


async def closes_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def closes_after_auth(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.close()


async def closes_after_begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await authenticated(reader, writer)
    writer.close()


async def rejects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"REJECTED EXTERNAL\r\n")


async def talks_without_end(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"x" * 100_000)


def frame(message: Message) -> bytes:
    return bytes(message._marshall())  # type: ignore[no-untyped-call]  # noqa: SLF001  as send() does


def answer(serial: int, text: str) -> bytes:
    kind = MessageType.METHOD_RETURN
    return frame(Message(message_type=kind, reply_serial=serial, signature="s", body=[text], serial=serial))


async def is_full(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await authenticated(reader, writer)
    await reader.read(16)
    error = Message(
        message_type=MessageType.ERROR,
        reply_serial=1,
        error_name="org.freedesktop.DBus.Error.LimitsExceeded",
        signature="s",
        body=["too many connections"],
        serial=1,
    )
    writer.write(frame(error))


@pytest.mark.parametrize(
    ("bus", "reason"),
    [
        (closes_at_once, "the bus closed the connection during authentication"),
        (closes_after_auth, "the bus closed the connection during authentication"),
        (closes_after_begin, "the connection was lost"),
        (rejects, "authentication failed: REJECTED: ['EXTERNAL']"),
        (talks_without_end, "the bus does not speak D-Bus"),
        (is_full, "too many connections"),
    ],
)
def test_a_bus_that_misbehaves_is_unreachable(bus: Bus, reason: str, tmp_path: Path) -> None:
    async def story() -> None:
        server = await asyncio.start_unix_server(bus, tmp_path / "bus")
        with pytest.raises(BusUnreachable, match=r"^the message bus cannot be reached$") as raised:
            async with connected(f"unix:path={tmp_path}/bus"):
                pass
        assert raised.value.problems[0].code == "bus-unreachable"
        assert raised.value.problems[0].notes == (raised.value.reason,)
        assert raised.value.reason in {reason, "[Errno 32] Broken pipe", "[Errno 104] Connection reset by peer"}
        server.close()

    play(story())


def test_no_bus_is_unreachable(tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(BusUnreachable) as raised:
            async with connected(f"unix:path={tmp_path}/bus"):
                pass
        assert raised.value.reason == "[Errno 2] No such file or directory"

    play(story())


UNKNOWN_KIND = 9
MEMBER_FIELD, UNKNOWN_FIELD = b"\x03\x01s\0", b"\x2a\x01s\0"


def test_messages_that_nobody_knows_yet_are_left_out(tmp_path: Path) -> None:
    """They come in pieces, too, and do no harm to those behind them."""
    signal = frame(Message.new_signal("/", "org.example.Some", "Thing", "s", ["words"]))
    unknown = signal[:1] + bytes([UNKNOWN_KIND]) + signal[2:] + signal.replace(MEMBER_FIELD, UNKNOWN_FIELD, 1)

    async def sends_the_unknown(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await authenticated(reader, writer)
        writer.write(answer(1, ":1.0"))
        for byte in unknown + answer(2, "the answer"):
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    async def story() -> None:
        server = await asyncio.start_unix_server(sends_the_unknown, tmp_path / "bus")
        async with connected(f"unix:path={tmp_path}/bus") as bus:
            assert await bus.call("org.example.Some", "/", "org.example.Some", "Call") == ["the answer"]
        server.close()

    play(story())
