"""Mistakes of TOML itself. Reads on behind each, so that one run tells all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomli

from pulp_quadlet.config.diagnosis import mask, toml_line_rules, toml_value_rules
from pulp_quadlet.config.diagnosis.toml_location import Lines, Span
from pulp_quadlet.config.diagnosis.toml_mistake import Mistake, spot
from pulp_quadlet.config.diagnosis.toml_scan import scan
from pulp_quadlet.config.diagnosis.wording import SECRET_HELP
from pulp_quadlet.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulp_quadlet.config.diagnosis.fault import Fault
    from pulp_quadlet.config.diagnosis.toml_location import Scan
    from pulp_quadlet.config.diagnosis.toml_mistake import Spot
    from pulp_quadlet.config.finding import SitePath

_MOST = 20  # after so many the file is something else than TOML, and more of the same helps no one
_MOST_CHARACTERS = 1_500_000  # to read in all: a file is read once for each of its mistakes
_DEEPEST = 100  # levels; where to point at when the parser gives up
_LONGEST_NUMBER = 4300  # digits; Python's limit, since longer numbers take very long to read

_EVERYTHING: tuple[str | int, ...] = ()  # as something lost: any missing key may have stood below a lost header
_BRACKETS = re.compile(r"""[\[\]{}]|"(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*'|#[^\n]*""")
_LONG_KEY = re.compile(rf"""(?:[\w"'-]+[ \t]*\.[ \t]*){{{_DEEPEST}}}""")
_LONG_NUMBER = re.compile(rf"[0-9_]{{{_LONGEST_NUMBER},}}")
# What may follow where a broken statement ends: the end, an empty line, a comment, a header, or a key and its value.
_NEXT = re.compile(r"""\Z|\n[ \t]*(?:\Z|\n|\#|\[|[\w."' \t-]+=)""")

# The first rule that knows the mistake explains it.
_RULES: tuple[Callable[[Spot], Mistake | None], ...] = (
    toml_line_rules.merge_conflict,
    toml_line_rules.defined_twice,
    toml_value_rules.unclosed_string,
    toml_value_rules.escape,
    toml_value_rules.bad_character,
    toml_line_rules.header,
    toml_value_rules.unclosed_bracket,
    toml_line_rules.foreign_line,
    toml_line_rules.assignment,
    toml_value_rules.items,
    toml_value_rules.no_value,
    toml_value_rules.bare_word,
)
# Mistakes whose message and help repeat nothing of the value.
_DISCREET = {"unclosed-string", "unclosed-bracket", "missing-value", "missing-equals", "duplicate-key", "too-long"}


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
    for _ in range(max(min(_MOST, _MOST_CHARACTERS // (len(text) + 1)), 1)):
        try:
            _check_depth(tomli.loads(text))
            return Mended(text, tuple(problems), tuple(lost))
        except tomli.TOMLDecodeError as error:
            offset = min(error.pos, len(text))
            found = scan(text)
            mistake = explain(text, error.msg, offset, found)
        except RecursionError:
            found, mistake = scan(text), _too_deep(text)
            offset = mistake.span.start
        except ValueError:
            found, mistake = scan(text), _too_long(text)
            offset = mistake.span.start
        problems.append(_problem(mistake, text, path, found))
        rest = _without(text, mistake, offset, found)
        if rest is None:
            break
        text, gone = rest
        lost += gone
    return Mended(None, tuple(problems))


def explain(text: str, said: str, offset: int, found: Scan) -> Mistake:
    """What is wrong where tomli stopped at `offset` of `text` and said `said`."""
    place = spot(text, said, offset, found)
    known = next((mistake for rule in _RULES for mistake in [rule(place)] if mistake), None)
    if known is None:
        said = said[:1].lower() + said[1:]
        known = Mistake("toml-syntax", "this is not TOML", Span(offset, offset + 1), note=f"the parser says: {said}")
    return known


def _problem(mistake: Mistake, text: str, path: str, found: Scan) -> Problem:
    lines = Lines(text, path)
    place = lines.location(mistake.span)
    where = mask.masked_line(place, is_secret=_continues_secret(text, mistake.span.start, found))
    if where.source != place.source and mistake.code not in _DISCREET:
        message = "the value of this key is not TOML, and if it is a secret, it does not belong here"
        return Problem(mistake.code, message, where, help=SECRET_HELP)
    notes = [mistake.note] if mistake.note else []
    if mistake.first:
        notes.append(f"it is first defined in line {lines.location(mistake.first).line}")
    return Problem(mistake.code, mistake.message, where, tuple(notes), mistake.help)


def _continues_secret(text: str, offset: int, found: Scan) -> bool:
    """Whether the line belongs to a value that began in an earlier one, behind a key that sounds like a secret."""
    statement = found.statement_at(offset)
    if statement is None or statement.is_header or "\n" not in text[statement.start : offset]:
        return False
    return mask.sounds_secret(statement.path)


def _without(text: str, mistake: Mistake, offset: int, found: Scan) -> tuple[str, list[SitePath]] | None:
    """The text with the broken statement blanked out, and what is lost by that; None if its end is not clear."""
    statement = found.statement_at(offset if mistake.end is None else min(offset, mistake.end))
    if statement is None or mistake.open_ended:
        return None
    start, end = statement.start, mistake.end
    if end is None:
        end = text.find("\n", offset)
        end = len(text) if end < 0 else end
        if "\n" in text[start:offset]:
            return None
    if not _NEXT.match(text, end):
        return None
    blank = "\n" * text.count("\n", start, end)
    if not statement.is_header:
        return text[:start] + blank + text[end:], [] if mistake.first else [statement.path]
    # A header of another name keeps the keys below it from falling into the table above.
    name = f"lost-header-{start}"
    gone: list[SitePath] = [(name,)] if mistake.first else [(name,), _EVERYTHING]
    return f"{text[:start]}[{name}]{blank}{text[end:]}", gone


def _check_depth(document: dict[str, Any]) -> None:
    """Older parsers have no limit for the parts of a key, but whoever walks through the document has one."""
    level: list[Any] = [document]
    for _ in range(_DEEPEST + 1):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
        level = [inner for inner in level if isinstance(inner, dict | list)]
    if level:
        raise RecursionError


def _too_deep(text: str) -> Mistake:
    message, depth = "arrays and tables are nested too deeply", 0
    for match in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match.group(), 0)
        if depth > _DEEPEST:
            return Mistake("too-deep", message, Span(*match.span()), open_ended=True)
    key = _LONG_KEY.search(text)
    if key:
        return Mistake("too-deep", "a key has too many parts", Span(*key.span()))
    return Mistake("too-deep", message, Span(0, 1), open_ended=True)


def _too_long(text: str) -> Mistake:
    match = _LONG_NUMBER.search(text)
    span = Span(*match.span()) if match else Span(0, 1)
    return Mistake("too-long", f"a number of {_LONGEST_NUMBER} digits or more", span, open_ended=match is None)
