"""Mistakes of whole lines: headers, keys, and lines that are no TOML at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pulp_quadlet.config.diagnosis.toml_location import Span
from pulp_quadlet.config.diagnosis.toml_mistake import Mistake
from pulp_quadlet.config.diagnosis.wording import key, quoted, shortened

if TYPE_CHECKING:
    from pulp_quadlet.config.diagnosis.toml_mistake import Spot

_CONFLICT = re.compile(r"(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)(?: .*)?$")
_COLON = re.compile(r"""\s*(?:[\w.-]+|"[^"]*"|'[^']*')\s*(:=?)""")
_BARE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_KEY_CHARACTERS = "a to z, digits, `-` and `_`"


def merge_conflict(spot: Spot) -> Mistake | None:
    if not _CONFLICT.match(spot.text[spot.line.start : spot.line.end]):
        return None
    help_ = ("keep one side of the conflict, and remove the marks",)
    return Mistake("merge-conflict", "a mark of an unresolved merge conflict", spot.line, help_, open_ended=True)


def defined_twice(spot: Spot) -> Mistake | None:
    if not spot.said.startswith(("Cannot", "Duplicate")):
        return None
    clash = next((clash for clash in reversed(spot.found.clashes) if clash.second.start <= spot.offset), None)
    if clash is None:
        return None
    end = spot.line_end(spot.offset)
    if clash.is_mixed:
        message = f"`{key(clash.name)}` cannot be a value and a table at once"
        help_ = ("keep one of the two",)
        return Mistake("value-and-table", message, clash.second, help_, first=clash.first, end=end)
    if spot.statement and spot.statement.is_header:
        message = f"the table `{shortened(spot.code_line)}` is defined twice"
        help_ = ("put all its keys below one header",)
        return Mistake("duplicate-table", message, clash.second, help_, first=clash.first, end=end)
    message = f"the key `{key(clash.name)}` is defined twice"
    return Mistake("duplicate-key", message, clash.second, ("keep one of the two",), first=clash.first, end=end)


def header(spot: Spot) -> Mistake | None:
    if spot.statement is None or not spot.statement.is_header or spot.is_multi_line:
        return None
    line = spot.code_line
    closing = "]]" if line.startswith("[[") else "]"
    name = line.strip("[] \t")
    end = line.find(closing)
    span = Span(spot.begin, spot.begin + len(line))
    if end < 0:
        written = f"{'[' * len(closing)}{name}{closing}"
        one = f", or `[{shortened(name)}]` if there is only one" if closing == "]]" else ""
        help_ = (f"write `{shortened(written)}`{one}",)
        return Mistake("unclosed-header", f"the header of a table does not end with `{closing}`", span, help_)
    behind = line[end + len(closing) :]
    if behind.strip():
        start = span.end - len(behind.lstrip())
        help_ = ("keys stand on the lines below the header",) if "=" in behind else ("remove it",)
        return Mistake("text-after-header", "text behind the header of a table", Span(start, span.end), help_)
    if not name:
        return Mistake("invalid-header", "the header of a table names no table", span)
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return Mistake("invalid-header", "a dot without a name on both its sides", span)
    help_ = (f"a name with other characters than {_KEY_CHARACTERS} stands in quotes: `[{quoted(name)}]`",)
    return Mistake("invalid-header", "this is not the name of a table", span, help_)


def foreign_line(spot: Spot) -> Mistake | None:
    """A comment, list or bracket as other formats have them."""
    line = spot.code_line
    if spot.is_multi_line or not line:
        return None
    span = Span(spot.begin, spot.begin + len(line))
    if line.startswith(("//", ";", "/*", "--")):
        return Mistake("invalid-comment", "a comment begins with `#` in TOML", span)
    if line.startswith("- "):
        return Mistake("not-toml", "this is a list as YAML has it", span, ('write `key = ["first", "second"]`',))
    if line.startswith("{"):
        help_ = ('TOML has `[table]` and, on the lines below, `key = "value"`',)
        return Mistake("not-toml", "this looks like JSON", span, help_, open_ended=True)
    if line[0] in "]}),":
        return Mistake("not-toml", f"`{line[0]}` closes nothing", Span(spot.begin, spot.begin + 1), ("remove it",))
    return None


def assignment(spot: Spot) -> Mistake | None:
    """A line that should be `key = value`, but has no `=` where it belongs, or no key that is one."""
    if not spot.said.startswith(("Expected '='", "Invalid statement", "Invalid initial")):
        return None
    if spot.is_multi_line or _is_inside_value(spot):
        return None
    line = spot.code_line
    colon = _COLON.match(line)
    if colon and not line[colon.end() :].strip() and colon.end(1) - colon.start(1) == 1:
        span = Span(spot.begin, spot.begin + len(line))
        help_ = (f"write `[{shortened(line[: colon.start(1)].strip())}]`, and on the lines below `key = value`",)
        return Mistake("not-toml", "this is a table as YAML has it", span, help_)
    if colon:
        span = Span(spot.begin + colon.start(1), spot.begin + colon.end(1))
        return Mistake("missing-equals", "a key and its value are separated by `=`, not by `:`", span)
    if "=" in line:
        return _wrong_key(line.partition("=")[0].rstrip(), spot)
    span = Span(spot.begin, spot.begin + max(len(line), 1))
    first = line.split(maxsplit=1)[:1]
    is_key = bool(first) and _BARE.fullmatch(first[0])
    hint = (f"if `{first[0]}` is a key, write `{first[0]} = ...`",) if is_key else ()
    return Mistake("missing-equals", "this line is neither a table nor `key = value`", span, hint)


def _wrong_key(name: str, spot: Spot) -> Mistake:
    name_span = Span(spot.begin, spot.begin + max(len(name), 1))
    if not name:
        return Mistake("missing-name", "no key in front of `=`", name_span)
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return Mistake("invalid-key", "a dot without a name on both its sides", name_span)
    if re.search(r"\S\s+\S", name):
        help_ = ("keys have `_` between their words, and no blank",)
        return Mistake("invalid-key", "a key cannot hold a blank", name_span, help_)
    help_ = (f"a key with other characters than {_KEY_CHARACTERS} stands in quotes: `{quoted(name)}`",)
    return Mistake("invalid-key", "this is not a key", name_span, help_)


def _is_inside_value(spot: Spot) -> bool:
    start = spot.value_start
    return start is not None and start <= spot.offset
