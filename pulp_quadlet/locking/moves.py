"""What is another one in a new lock: for people who decide whether they want it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from packaging.version import Version

from pulp_quadlet.model.lock import Lock, LockedPackage

Direction = Literal["new", "gone", "up", "down", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One package that is not as it was."""

    name: str
    direction: Direction
    """`changed`: the same version with other content, such as a checkout that was edited."""
    before: str = ""
    after: str = ""

    @property
    def words(self) -> str:
        """`pulp-rpm 3.38.5 -> 3.39.4`, and the like."""
        match self.direction:
            case "new":
                return f"{self.name} {self.after} is new"
            case "gone":
                return f"{self.name} {self.before} is gone"
            case "changed":
                return f"{self.name} {self.after} has other content"
            case "up":
                return f"{self.name} {self.before} -> {self.after}"
            case "down":
                return f"{self.name} {self.before} -> {self.after}, which is older"


def moves(former: Lock | None, found: Lock) -> tuple[Move, ...]:
    """All differences, by name."""
    before = {each.name: each for each in former.packages} if former else {}
    after = {each.name: each for each in found.packages}
    return tuple(move for name in sorted({*before, *after}) for move in _moves(name, before.get(name), after.get(name)))


def _moves(name: str, before: LockedPackage | None, after: LockedPackage | None) -> Iterator[Move]:
    if before is None and after is not None:
        yield Move(name=name, direction="new", after=after.version)
    elif before is not None and after is None:
        yield Move(name=name, direction="gone", before=before.version)
    elif before is not None and after is not None:
        old, new = Version(before.version), Version(after.version)
        if old != new:
            direction: Direction = "up" if new > old else "down"
            yield Move(name=name, direction=direction, before=before.version, after=after.version)
        elif (before.sha256, before.commit, before.kind) != (after.sha256, after.commit, after.kind):
            yield Move(name=name, direction="changed", before=before.version, after=after.version)
