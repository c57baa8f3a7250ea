"""A mistake of TOML, and the spot in the text from which it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulp_quadlet.config.diagnosis.toml_location import Span

if TYPE_CHECKING:
    from pulp_quadlet.config.diagnosis.toml_location import Scan, Statement

_ASSIGNMENT = re.compile(r"""[ \t]*(?:[\w."'-]+[ \t]*=|\[[^\n]*\][ \t]*(?:#[^\n]*)?$)""", re.MULTILINE)
_STRING = re.compile(r'''"""|\'\'\'|"(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*'|#[^\n]*''')
_EQUALS = re.compile(r"[^=\n]*=[ \t]*")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of TOML and the words for it."""

    code: str
    message: str
    span: Span
    """What to point at."""
    help: tuple[str, ...] = ()
    note: str = ""
    first: Span | None = None
    """For something that stands twice: its first place."""
    end: int | None = None
    """Where the broken statement ends, when that is not the line in which the parser stopped."""
    open_ended: bool = False
    """It is not clear where the broken statement ends, so what follows cannot be judged."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the parser stopped, what it said, and the line and the statement around."""

    text: str
    said: str
    offset: int
    found: Scan
    statement: Statement | None
    line: Span

    @property
    def rest(self) -> str:
        """The line from where the parser stopped."""
        return self.text[self.offset : self.line.end]

    @property
    def begin(self) -> int:
        """Where the statement begins, if that is in this line; else where the line does."""
        return max(self.statement.start, self.line.start) if self.statement else self.line.start

    @property
    def code_line(self) -> str:
        """The line from where its statement begins, without a comment and blanks at its end."""
        line = self.text[self.begin : self.line.end]
        comment = next((match.start() for match in _STRING.finditer(line) if match.group().startswith("#")), len(line))
        return line[:comment].rstrip()

    @property
    def is_multi_line(self) -> bool:
        return self.statement is not None and self.statement.start < self.line.start

    @property
    def value_start(self) -> int | None:
        """Where the value of the statement begins."""
        match = _EQUALS.match(self.text, self.statement.start) if self.statement else None
        return match.end() if match else None

    def starts_statement(self) -> bool:
        """Whether the line looks like a statement of its own."""
        return _ASSIGNMENT.match(self.text, self.line.start) is not None

    def line_end(self, offset: int) -> int:
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def open_quote(self) -> int | None:
        """The quote of this line that has no partner."""
        line = self.text[self.begin : self.line.end]
        strings = [match.span() for match in _STRING.finditer(line)]
        for index, char in enumerate(line):
            if char in "\"'" and not any(start <= index < end for start, end in strings):
                return self.begin + index
        return None


def spot(text: str, said: str, offset: int, found: Scan) -> Spot:
    """The spot where tomli stopped at `offset` of `text` and said `said`."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return Spot(text, said, offset, found, found.statement_at(offset), Span(start, len(text) if end < 0 else end))
