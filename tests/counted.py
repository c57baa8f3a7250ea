"""How many faults the tests let happen, and after how many of them all was as it must be."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Counted:
    """Those of this run of the tests."""

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
