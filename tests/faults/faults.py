"""Ends a process, refuses a call, or cancels a change at one point, which is known by its number."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pulp_quadlet.errors import HostError, Problem
from tests.faults.paper import PaperMachine

if TYPE_CHECKING:
    import pytest

Kind = Literal["none", "death", "error", "cancel"]
REFUSED = "the machine of paper refused it"


class Death(BaseException):
    """The process is killed. Nothing may catch this, and whoever does all the same changes nothing any more."""


@dataclass(slots=True)
class Fault:
    """What goes wrong at point number `at`, counted from 1; `points` are the names of all that were passed."""

    kind: Kind = "none"
    at: int = 0
    points: list[str] = field(default_factory=list)
    met: bool = False
    witness: Callable[[str], None] = lambda _where: None
    """Who is called at each point."""

    def pass_by(self, where: str) -> None:
        """Raise what goes wrong here."""
        if self.met and self.kind == "death":
            raise Death
        self.points.append(where)
        self.witness(where)
        if len(self.points) != self.at or self.met:
            return
        self.met = True
        if self.kind == "death":
            raise Death
        if self.kind == "error":
            raise HostError(Problem(code="refused", message=REFUSED))


class Faulty:
    """A host that passes a point before and after each call."""

    def __init__(self, machine: PaperMachine, fault: Fault) -> None:
        self._machine = machine
        self._fault = fault
        self.change: asyncio.Task[Any] | None = None
        machine.point = fault.pass_by

    def __getattr__(self, name: str) -> Any:
        async def call(*words: Any, **more: Any) -> Any:
            await self._pass(f"before {name}")
            found = await getattr(self._machine, name)(*words, **more)
            await self._pass(f"after {name}")
            return found

        return call

    async def _pass(self, where: str) -> None:
        met = self._fault.met
        self._fault.pass_by(where)
        if self._fault.kind == "cancel" and self._fault.met and not met:
            assert self.change is not None
            self.change.cancel()
            await asyncio.sleep(0)


def run(host: Faulty, story: Coroutine[Any, Any, Any]) -> Any:
    """A process that does this, to its end."""

    async def process() -> Any:
        host.change = asyncio.current_task()
        return await story

    return asyncio.run(process())


@contextmanager
def points_between_files(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> Iterator[None]:
    """A process can also end between any two names that it changes in a folder."""
    with monkeypatch.context() as patch:
        for name in ("replace", "rename", "symlink_to", "unlink"):
            patch.setattr(Path, name, _passing(name, getattr(Path, name), fault))
        patch.setattr(os, "fsync", lambda _file: None)  # the power does not go here, and it takes its time
        yield


def _passing(name: str, real: Any, fault: Fault) -> Any:
    def passing(path: Path, *words: Any, **more: Any) -> Any:
        if ".part" not in str(path):  # nothing reads those, however many there are
            try:
                fault.pass_by(f"at {name}")
            except HostError as error:
                raise OSError(28, "No space left on device", str(path)) from error
        return real(path, *words, **more)

    return passing
