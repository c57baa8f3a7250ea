"""Values, types and places of the site file in plain words. Nothing here prints what could be a password."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from pulp_quadlet.config.diagnosis import shape
from pulp_quadlet.printable import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pulp_quadlet.config.finding import SitePath

_LONGEST = 60  # characters of a value in a sentence
_LONGEST_INTEGER = 4096  # bits; str() of a much longer number raises
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# The part of a URL that may hold a password.
USERINFO = re.compile(r"(?<=://)[^/\s\"'@]+(?=@)")
MASK = "***"
SECRET_HELP = (
    "keep it as a Podman secret: `printf %s 'the secret' | podman secret create NAME -`",
    'then write `{ secret = "NAME" }`, or `{ file = "/path" }` for a file that only root can read',
)


def quoted(text: str) -> str:
    """A string as it could stand in the site file, on one line and not too long."""
    text = USERINFO.sub(MASK, text)
    return f'"{shortened(text.translate({34: chr(92) + chr(34), 92: chr(92) * 2}))}"'


def shortened(text: str) -> str:
    """`text` without control characters, cut to a length that a sentence can bear."""
    text = visible(text[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def listed(words: Iterable[str], conjunction: str = "or") -> str:
    """`a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def key(name: str) -> str:
    """A key as it stands in TOML: in quotes if it must be."""
    return shortened(name) if _BARE_KEY.fullmatch(name) else quoted(name)


def dotted(path: Sequence[str | int]) -> str:
    """`web.addresses[1]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{key(step)}"
    return shortened(text.removeprefix("."))


def table(path: SitePath) -> str:
    """A table as its header is written: `[storage]`, or `[[users]]` for one of several."""
    names = ".".join(key(step) for step in path if isinstance(step, str))
    return f"`[[{names}]]`" if path and isinstance(path[-1], int) else f"`[{names}]`"


def found(value: Any) -> str:
    """What stands in the file: its type and, if it is short, the value."""
    if isinstance(value, str):
        return f"the string {quoted(value)}" if value else "an empty string"
    if isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER:
        return "a very long integer"
    if isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            return "an array of tables"
        return "an array" if value else "an empty array"
    words: dict[type, Callable[[Any], str]] = {
        bool: lambda truth: f"`{str(truth).lower()}`",
        int: lambda number: f"the integer {shortened(str(number))}",
        float: lambda number: f"the number {number}",
        datetime: lambda moment: f"the date {moment.isoformat(sep=' ')}",
        date: lambda day: f"the date {day.isoformat()}",
        time: lambda clock: f"the time {clock.isoformat()}",
        dict: lambda _: "a table",
    }
    return words[type(value)](value) if type(value) in words else "something else"


def expected(annotation: Any) -> str:
    """What the tables want at a place, such as `an integer from 1 to 128`."""
    plain, limits = shape.bare(annotation)
    members = shape.members(plain)
    if len(members) > 1:
        words = dict.fromkeys(word for member in members for word in _choices(member))
        return listed(words)
    return listed(_choices(annotation), "or") if not limits else _limited(plain, limits)


def _choices(annotation: Any) -> list[str]:
    plain, limits = shape.bare(annotation)
    if limits:
        return [_limited(plain, limits)]
    literals = shape.literals(plain)
    if literals:
        return [quoted(word) if isinstance(word, str) else str(word) for word in literals]
    return [_limited(plain, {})]


def _limited(plain: Any, limits: dict[str, Any]) -> str:
    if shape.is_array(plain):
        return "an array" + _length(limits, "item")
    if shape.is_table(plain):
        return "a table"
    if plain is bool:
        return "`true` or `false`"
    if plain is str:
        return "a string" + _length(limits, "character")
    if plain in {int, float}:
        return ("an integer" if plain is int else "a number") + _range(limits)
    return {datetime: "a date with a time", date: "a date", time: "a time"}.get(plain, "another value")


def _range(limits: dict[str, Any]) -> str:
    low, high = limits.get("ge"), limits.get("le")
    words = f" from {low} to {high}" if low is not None and high is not None else ""
    if not words and low is not None:
        words = f" of at least {low}"
    if not words and high is not None:
        words = f" of at most {high}"
    words += f" greater than {limits['gt']}" if "gt" in limits else ""
    words += f" less than {limits['lt']}" if "lt" in limits else ""
    words += f" that is a multiple of {limits['multiple_of']}" if "multiple_of" in limits else ""
    return words


def _length(limits: dict[str, Any], unit: str) -> str:
    low, high = limits.get("min_length"), limits.get("max_length")
    if low and high is not None:
        return f" of {low} to {high} {unit}s"
    if low:
        return f" of at least {low} {unit}{'' if low == 1 else 's'}"
    return f" of at most {high} {unit}{'' if high == 1 else 's'}" if high is not None else ""
