"""Who waits for the agent hears it when no answer can come any more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pulp_quadlet.agent.answer import answered
from pulp_quadlet.dbus.errors import NO_REPLY, BusCallError


class Bus:
    """A bus that tells who is there, a word for each look."""

    def __init__(self, *owners: str, alive: int = 0) -> None:
        self.owners = list(owners)
        self.alive = alive

    async def call(self, *words: Any) -> list[Any]:
        if words[3] == "NameHasOwner":
            self.alive -= 1
            return [self.alive >= 0]
        if not self.owners:
            raise BusCallError("org.freedesktop.DBus.Error.NameHasNoOwner", "nobody")
        return [self.owners[0]]


async def after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "the answer"


def test_an_answer_is_waited_for_while_the_agent_lives() -> None:
    assert asyncio.run(answered(Bus(":1.7", alive=1000), after(0.1), look=0.01)) == "the answer"


def test_an_agent_that_is_being_started_is_waited_for() -> None:
    assert asyncio.run(answered(Bus(), after(0.1), look=0.01)) == "the answer"


def test_an_answer_that_comes_as_the_agent_leaves_is_taken() -> None:
    assert asyncio.run(answered(Bus(":1.7"), after(0.15), look=0.1)) == "the answer"


def test_an_answer_that_cannot_come_any_more_is_not_waited_for() -> None:
    with pytest.raises(BusCallError) as caught:
        asyncio.run(answered(Bus(":1.7", alive=2), after(3600), look=0.01))
    assert caught.value.name == NO_REPLY
    assert caught.value.text == "it has ended, and its answer did not pass; ausearch -m USER_AVC may tell"


def test_an_error_is_passed_on() -> None:
    async def refused() -> str:
        raise BusCallError("x", "no")

    with pytest.raises(BusCallError, match="no"):
        asyncio.run(answered(Bus(), refused()))
