"""Where the keys and values of a TOML text stand: as offsets, and as lines and columns."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pulp_quadlet.errors import Location

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["value", "implicit", "header", "dotted", "tables"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, as offsets; `end` is one past the last character."""

    start: int
    end: int


@dataclass(slots=True)
class Node:
    """One key, table or array element, and what lies below it.

    `key` is the key as first written (None for an array element), `value` the value, or the header `[a.b]` of a table.
    """

    key: Span | None
    value: Span
    kind: Kind = "value"
    children: dict[str | int, Node] = field(default_factory=dict)

    def find(self, path: Sequence[str | int]) -> tuple[Node, int]:
        """The node at `path`, or the deepest one on the way to it, and how many steps of the path lead there."""
        node = self
        for depth, step in enumerate(path):
            below = node.children.get(step)
            if below is None:
                return node, depth
            node = below
        return node, len(path)


@dataclass(frozen=True, slots=True)
class Clash:
    """A key or table that is defined at `second` although it stands at `first` already."""

    name: str
    first: Span
    second: Span
    is_mixed: bool = False
    """One of the two is a value, the other a table."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One `key = value` or `[header]`: its first character, and the full name of what it defines."""

    start: int
    path: tuple[str | int, ...]
    is_header: bool


@dataclass(slots=True)
class Scan:
    """What a text defines and where. For a text that is no TOML: what was found before the first doubtful place."""

    root: Node
    statements: list[Statement] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)

    def statement_at(self, offset: int) -> Statement | None:
        index = bisect_right([statement.start for statement in self.statements], offset)
        return self.statements[index - 1] if index else None


class Lines:
    """Turns offsets of a text into lines and columns."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def location(self, span: Span) -> Location:
        """The place of a span: of its first line, when it goes over several."""
        index = min(max(bisect_right(self._starts, span.start) - 1, 0), len(self.lines) - 1)
        source, start = self.lines[index], self._starts[index]
        column = min(span.start - start, len(source))
        width = max(min(span.end - start, len(source)) - column, 1)
        return Location(self.path, index + 1, column + 1, width, source)

    def offset(self, line: int, column: int) -> int:
        """The offset of a place given as line and column, both counted from 1."""
        return self._starts[min(line, len(self.lines)) - 1] + column - 1
