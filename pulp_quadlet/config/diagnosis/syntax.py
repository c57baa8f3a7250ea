"""Mistakes of TOML itself: reads on behind them, so that one run tells all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomli

from pulp_quadlet.config.diagnosis import mask
from pulp_quadlet.config.diagnosis.syntax_words import Mistake, explain
from pulp_quadlet.config.diagnosis.toml_location import Lines, Span
from pulp_quadlet.config.diagnosis.toml_scan import scan
from pulp_quadlet.errors import Problem

if TYPE_CHECKING:
    from pulp_quadlet.config.checks import SitePath
    from pulp_quadlet.config.diagnosis.fault import Fault
    from pulp_quadlet.config.diagnosis.toml_location import Scan

_MOST = 20  # after so many the file is something else than TOML, and more of the same helps no one
DEEPEST = 100
LONGEST_NUMBER = 4300  # digits; Python's limit against numbers that take very long to read
EVERYTHING: tuple[str | int, ...] = ()  # as something lost: any missing key may have stood below a header that was lost

_BRACKETS = re.compile(r"""[\[\]{}]|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*'|#[^\n]*""")
_LONG_NUMBER = re.compile(rf"[0-9_]{{{LONGEST_NUMBER + 1},}}")
# What may follow where a broken statement ends: the end, an empty line, a comment, a header, or a key and its value.
_STATEMENT = re.compile(r"""\Z|\n[ \t]*(?:\Z|\n|\#|\[|[\w."' \t-]+=)""")


@dataclass(frozen=True, slots=True)
class Mended:
    """A text whose broken statements are blanked out, or no text if that could not be done without guessing."""

    text: str | None
    problems: tuple[Problem, ...] = ()
    lost: tuple[SitePath, ...] = ()
    """What the blanked statements would have defined."""

    def hides(self, fault: Fault) -> bool:
        """Whether a fault may come only from what was blanked out."""
        if fault.at == "table":
            return any(path[: len(fault.path)] == fault.path or not path for path in self.lost)
        return any(path and fault.path[: len(path)] == path for path in self.lost)


def mend(text: str, path: str) -> Mended:
    """The text without its mistakes of TOML, line for line as it was, and the problems they are. Lines end in LF."""
    problems: list[Problem] = []
    lost: list[SitePath] = []
    while len(problems) < _MOST:
        try:
            tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            found = scan(text)
            mistake = explain(text, error.msg, min(error.pos, len(text)), found)
            problems.append(_problem(mistake, text, path))
            rest = _without(text, mistake, found, len(problems))
            if rest is None:
                break
            text, gone = rest
            lost += gone
        except RecursionError:
            problems.append(_problem(_too_deep(text), text, path))
            break
        except ValueError:
            problems.append(_problem(_too_long(text), text, path))
            break
        else:
            return Mended(text, tuple(problems), tuple(lost))
    return Mended(None, tuple(problems))


def _problem(mistake: Mistake, text: str, path: str) -> Problem:
    lines = Lines(text, path)
    where = mask.masked_line(lines.location(mistake.span))
    notes = [mistake.note] if mistake.note else []
    if mistake.first:
        notes.append(f"it stands first in line {lines.location(mistake.first).line}")
    return Problem(mistake.code, mistake.message, where, tuple(notes), mistake.help)


def _without(text: str, mistake: Mistake, found: Scan, number: int) -> tuple[str, list[SitePath]] | None:
    """The text with the broken statement blanked out, and what is lost by that; None if its end is not clear."""
    statement = found.statement_at(mistake.offset)
    if statement is None or mistake.open_ended:
        return None
    start, end = statement.start, text.find("\n", mistake.offset)
    end = len(text) if end < 0 else end
    if not mistake.first and "\n" in text[start : mistake.offset]:
        return None
    if not _STATEMENT.match(text, end):
        return None
    blank = "\n" * text.count("\n", start, end)
    if not statement.is_header:
        return text[:start] + blank + text[end:], [] if mistake.first else [statement.path]
    # A header of another name keeps the keys below it from falling into the table above.
    name = f"lost-header-{number}"
    missed: list[SitePath] = [(name,)] if mistake.first else [(name,), EVERYTHING]
    return f"{text[:start]}[{name}]{blank}{text[end:]}", missed


def _too_deep(text: str) -> Mistake:
    depth = 0
    for match in _BRACKETS.finditer(text):
        bracket = match.group()
        depth += 1 if bracket in "[{" else -1 if bracket in "]}" else 0
        if depth > DEEPEST:
            return Mistake("too-deep", "arrays and tables are nested too deeply here", Span(match.start(), match.end()))
    return Mistake("too-deep", "a key has too many parts, or values are nested too deeply", Span(0, 1))


def _too_long(text: str) -> Mistake:
    match = _LONG_NUMBER.search(text)
    span = Span(*match.span()) if match else Span(0, 1)
    return Mistake("too-long", f"a number of more than {LONGEST_NUMBER} digits", span)
