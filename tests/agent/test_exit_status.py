"""How commands exit where they are asked for a detailed status, over a bus of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.agent.playing import play
from tests.agent.world import World, world
from tests.lab.command import Result, run

pytestmark = pytest.mark.lab


async def said(here: World, command: str, *options: str) -> Result:
    argv = [sys.executable, "-m", "pulp_quadlet", command, "--file", here.file, *options]
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": here.address}
    return await asyncio.to_thread(run, argv, check=False, env=environment)


@pytest.mark.parametrize(
    ("command", "words", "plain", "detailed"),
    [
        ("plan", ("nothing",), 0, 0),
        ("plan", (), 0, 7),
        ("apply", (), 0, 0),
        ("apply", ("steps",), 0, 7),
        ("apply", ("steps", "unhealthy"), 3, 3),
        ("apply", ("fail",), 1, 1),
    ],
)
def test_what_was_done_is_told_where_it_is_asked_for(
    address: str, home: Path, command: str, words: tuple[str, ...], plain: int, detailed: int
) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            here.words(*words)
            first = await said(here, command, "--json")
            second = await said(here, command, "--json", "--detailed-exit-code")
            assert (first.status, second.status) == (plain, detailed)

    play(story())
