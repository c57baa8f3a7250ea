"""While a worker is stopped it finishes its task first: tell which one, and how long that may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.steps import ChangeUnit, Step

_LOOK = 5.0  # seconds between two looks; a worker without a task is gone by then
_AGAIN = 60.0  # seconds after which the same task is told again


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTask:
    """A task that a worker is at."""

    name: str
    seconds: int
    """For how long it has run."""


class Host(Protocol):
    """Who knows the tasks."""

    async def tasks(self, worker: Service) -> tuple[RunningTask, ...]:
        """What a worker is at, the oldest first. Empty when that cannot be found out."""
        ...


class Tell(Protocol):
    """Who hears of it."""

    def say(self, sentence: str) -> None:
        """Something that a person wants to know."""
        ...


async def told(doing: Awaitable[None], step: Step, deployment: Deployment, host: Host, tell: Tell) -> None:
    """Wait for a step, and tell the tasks that hold it. Raises what the step raises."""
    worker = _drained(step, deployment)
    if worker is None:
        await doing
        return
    task = asyncio.ensure_future(doing)
    said: dict[str, int] = {}
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK))[0]:
            for found in await host.tasks(worker):
                if found.seconds - said.get(found.name, -int(_AGAIN)) >= _AGAIN:
                    said[found.name] = found.seconds
                    tell.say(sentence(worker, found))
    except asyncio.CancelledError:
        task.cancel()
        raise
    await task


def sentence(worker: Service, found: RunningTask) -> str:
    """What holds a worker, and until when."""
    return (
        f"{worker.name} finishes its task {found.name} first, which has run for {found.seconds} s; "
        f"{worker.stop_timeout} s after it was asked to stop it is killed"
    )


def _drained(step: Step, deployment: Deployment) -> Service | None:
    """The worker that a step stops, if it does."""
    if not isinstance(step, ChangeUnit) or step.verb == "reload":
        return None
    return next((s for s in deployment.services if s.role == "worker" and step.unit == f"{s.name}.service"), None)
