"""A worker that is stopped tells what it finishes first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from pulp_quadlet.changing import drain
from pulp_quadlet.changing.drain import RunningTask
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.steps import ChangeUnit
from tests.fake_host import Heard
from tests.sites import compiled

SITE = compiled().deployment
STOP = ChangeUnit(verb="restart", unit="pulp-worker-1.service", why=("it is new",))
LOOK = 0.02


class Busy:
    """A worker that is at one task, a second longer each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.asked_again = asyncio.Event()

    async def tasks(self, worker: Service) -> tuple[RunningTask, ...]:
        self.asked += 1
        if self.asked > 1:
            self.asked_again.set()
        return (RunningTask(name="pulp_rpm.synchronize", seconds=33 + self.asked),)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "_LOOK", LOOK)


def heard(doing: Awaitable[object], step: ChangeUnit, host: Busy) -> list[str]:
    async def story() -> list[str]:
        tell = Heard()
        await drain.told(done(doing), step, SITE, host, tell)
        return tell.said

    return asyncio.run(story())


async def done(doing: Awaitable[object]) -> None:
    await asyncio.wait_for(doing, timeout=30)


def test_the_task_that_holds_a_worker_is_told_once() -> None:
    host = Busy()
    [sentence] = heard(host.asked_again.wait(), STOP, host)
    assert sentence == (
        "pulp-worker-1 finishes its task pulp_rpm.synchronize first, which has run for 34 s; "
        "600 s after it was asked to stop it is killed"
    )


@pytest.mark.parametrize(
    "step",
    [
        ChangeUnit(verb="reload", unit="pulp-worker-1.service", why=()),
        ChangeUnit(verb="restart", unit="pulp-api-1.service", why=()),
    ],
)
def test_nobody_else_is_asked(step: ChangeUnit) -> None:
    host = Busy()
    assert heard(asyncio.sleep(LOOK * 4), step, host) == []
    assert host.asked == 0


def test_what_the_step_raises_is_raised() -> None:
    async def fails() -> None:
        await asyncio.sleep(LOOK * 2)
        raise HostError(Problem(code="unit-failed", message="it failed"))

    async def story() -> None:
        await drain.told(fails(), STOP, SITE, Busy(), Heard())

    with pytest.raises(HostError, match="it failed"):
        asyncio.run(story())


def test_who_is_cancelled_stops_waiting() -> None:
    async def story() -> bool:
        doing = asyncio.ensure_future(asyncio.sleep(60))
        waiting = asyncio.create_task(drain.told(doing, STOP, SITE, Busy(), Heard()))
        await asyncio.sleep(LOOK)
        waiting.cancel()
        await asyncio.wait({waiting, doing}, timeout=5)
        return waiting.cancelled() and doing.cancelled()

    assert asyncio.run(story())
