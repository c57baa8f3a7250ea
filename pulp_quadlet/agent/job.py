"""A job: one change of the host, as it goes on and as it ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pulp_quadlet.agent.child import Child, Control
from pulp_quadlet.errors import PulpQuadletError

Kind = Literal["apply", "try", "rollback", "uninstall", "recover"]
State = Literal["running", "waiting", "done", "failed", "returned", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asked: a user, by number and by name where there is one, and the connection he asked from."""

    uid: int
    name: str
    connection: str = ""


ROOT = Who(uid=0, name="root")


@dataclass(slots=True, kw_only=True)
class Job:
    """`site` is the site file, or the name of the site for `recover`; `since` is in microseconds since 1970."""

    number: int
    kind: Kind
    site: str
    who: Who
    since: int
    state: State = "running"
    progress: int = 0
    step: str = ""
    message: str = ""
    result: dict[str, Any] | None = None
    error: PulpQuadletError | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    confirmed: bool = False
    _child: Child | None = None
    _controls: list[Control] = field(default_factory=list)

    @property
    def title(self) -> str:
        """As the journal and a second caller get it told."""
        return f"job {self.number} ({self.kind} of {self.site} by {self.who.name})"

    def meet(self, child: Child) -> None:
        """The process that does this job is there; what it should hear before it was is told now."""
        self._child = child
        for word in self._controls:
            child.control(word)

    def control(self, word: Control) -> None:
        """Tell the process that does this job."""
        self._controls.append(word)
        if self._child is not None:
            self._child.control(word)

    async def outcome(self) -> dict[str, Any]:
        """Wait for the end. Raises PulpQuadletError when it did not end well."""
        await self.over.wait()
        if self.error is not None:
            raise self.error
        return self.result or {}


class Board(Protocol):
    """Where the world reads about jobs."""

    def began(self, job: Job) -> None:
        """A job is there from now on."""
        ...

    def changed(self, job: Job, *properties: str) -> None:
        """These properties of it have new values."""
        ...

    def stepped(self, job: Job, number: int, count: int, why: list[str]) -> None:
        """A step begins; its title is the job's `step`."""
        ...

    def line(self, job: Job, text: str) -> None:
        """A program that the step runs said this."""
        ...

    def noted(self, job: Job, text: str) -> None:
        """Something happens between or within steps."""
        ...

    def ended(self, job: Job) -> None:
        """It is over, and can still be read."""
        ...

    def forgotten(self, job: Job) -> None:
        """It cannot be read any more."""
        ...
