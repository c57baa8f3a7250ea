"""What a run of the tests tells at its end, besides what failed: faults that were survived, and what was measured.

Tests may run in several processes; each hands its part to the one that speaks.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(slots=True)
class Counted:
    """Faults that the tests let happen, and after how many of them all was as it must be."""

    met: int = 0
    survived: int = 0

    @contextmanager
    def fault(self) -> Iterator[None]:
        """One of them; it is survived when nothing is raised inside."""
        self.met += 1
        yield
        self.survived += 1

    def __str__(self) -> str:
        return f"{self.met} faults, {self.survived} survived"


PAPER = Counted()
"""On machines of paper, in `tests/faults`."""
REAL = Counted()
"""On a real one, in `tests/site`."""
LOADS: list[str] = []
"""A line for each load that ran across a change."""


def packed() -> dict[str, Any]:
    """The part of this process."""
    return {"paper": [PAPER.met, PAPER.survived], "real": [REAL.met, REAL.survived], "loads": LOADS}


def add(part: Mapping[str, Any]) -> None:
    """The part of another process."""
    for counted, (met, survived) in ((PAPER, part["paper"]), (REAL, part["real"])):
        counted.met += met
        counted.survived += survived
    LOADS.extend(part["loads"])


def lines() -> Iterator[str]:
    """All of it, as it is read."""
    yield from LOADS
    for where, counted in (("a machine of paper", PAPER), ("a real machine", REAL)):
        if counted.met:
            yield f"{where}: {counted}"
