"""Room on disks, and those who never answer."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.host.disks import ask, merged
from pulp_quadlet.host.patience import Patience
from pulp_quadlet.model.verdict import Disk

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_of_one_file_system_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    here, below = str(tmp_path), str(tmp_path / "a")
    [disk, silent] = merged([(here, ask(here)), ("/gone", "timed out"), (below, ask(below))])
    room = os.statvfs(tmp_path)
    assert disk.paths == (here, below)
    assert disk.size == room.f_blocks * room.f_frsize
    assert 0 < disk.free <= disk.size
    assert silent == Disk(paths=("/gone",), error="timed out")


def test_a_folder_that_is_missing_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ask(str(tmp_path / "none"))


def test_who_hangs_holds_nobody_up_and_is_not_asked_again() -> None:
    released = threading.Event()
    asked: list[str] = []

    def hang() -> str:
        asked.append("hang")
        released.wait(60)
        return "late"

    async def story() -> None:
        patience = Patience(1)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await patience.ask("nfs", hang)
            assert await patience.ask("local", lambda: "at once") == "at once"
        assert asked == ["hang"]
        released.set()
        await asyncio.sleep(0.2)
        assert await patience.ask("nfs", lambda: "it is back") == "it is back"

    asyncio.run(story())


def test_what_a_question_raises_is_raised_where_it_is_asked() -> None:
    async def story() -> None:
        with pytest.raises(FileNotFoundError):
            await Patience(5).ask("x", lambda: ask("/does/not/exist"))

    asyncio.run(story())


def test_the_end_of_a_program_does_not_wait_for_who_hangs() -> None:
    began = time.monotonic()

    async def story() -> None:
        with pytest.raises(TimeoutError):
            await Patience(0.05).ask("nfs", lambda: time.sleep(60))

    asyncio.run(story())
    assert time.monotonic() - began < 30
