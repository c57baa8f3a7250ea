"""What the agent tells the journal and systemd, and when it leaves."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pulp_quadlet.agent.idle import Idle
from pulp_quadlet.agent.journal import Journal
from pulp_quadlet.agent.notify import Notifier
from tests.agent.playing import play

if TYPE_CHECKING:
    import pytest


def test_lines_have_fields_and_values_may_have_line_feeds(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "socket"))
        Journal(tmp_path / "socket").say("a\nb", 3, message_id="", job=7, site="")
        entry = door.recv(4096)
    assert entry == (
        b"MESSAGE\n" + struct.pack("<Q", 3) + b"a\nb\nPRIORITY=3\nSYSLOG_IDENTIFIER=pulp-quadlet-agent\n"
        b"PULP_QUADLET_JOB=7\n"
    )


def test_without_a_journal_the_story_goes_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Journal(tmp_path / "socket").say("it begins", job=7)
    assert capsys.readouterr().err == "it begins\n"


def test_systemd_hears_and_its_watchdog_is_fed(tmp_path: Path) -> None:
    async def story() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.bind(str(tmp_path / "socket"))
            door.setblocking(False)  # noqa: FBT003  it has no other name
            notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "socket"), "WATCHDOG_USEC": "200000"})
            notifier.say("READY=1", "STATUS=x")
            assert door.recv(100) == b"READY=1\nSTATUS=x"
            task = asyncio.create_task(notifier.keep_watchdog())
            await asyncio.sleep(0.25)
            task.cancel()
            assert [door.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            settled = asyncio.create_task(notifier.settled())
            await asyncio.sleep(0.1)
            text, [descriptor], *_ = socket.recv_fds(door, 100, 1)
            assert (text, settled.done()) == (b"BARRIER=1", False)
            os.close(descriptor)
            await settled

    play(story())


def test_without_systemd_nothing_is_told() -> None:
    async def story() -> None:
        notifier = Notifier({})
        notifier.say("READY=1")
        await notifier.settled()
        await notifier.keep_watchdog()

    play(story())


def test_it_is_idle_a_while_after_the_last_call() -> None:
    async def story() -> None:
        busy = True
        idle = Idle(0.2, lambda: busy)
        waiting = asyncio.create_task(idle.long_enough())
        await asyncio.sleep(0.5)
        assert not waiting.done()
        with idle.answering():
            busy = False
            await asyncio.sleep(0.5)
            assert not waiting.done()
        ended = time.monotonic()
        await waiting
        assert time.monotonic() - ended > 0.15

    play(story())
