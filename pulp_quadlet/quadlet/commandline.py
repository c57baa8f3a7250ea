"""Command lines and lines of a unit file, read as systemd reads them (systemd.syntax(7), systemd.service(5))."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pulp_quadlet.quadlet.characters import BLANKS

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE: Final = "\0"
"""Stands before a `%` or `$` that systemd will replace: an argument cannot hold it, so no literal value equals it."""

_LETTERS: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "s": " ",
}  # fmt: skip
_NUMBERS = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2})", re.ASCII)
_VARIABLE = re.compile(r"\$(?:\$|\{[A-Za-z_][A-Za-z0-9_]*\})", re.ASCII)
_WHOLE_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def split_exec(line: str) -> tuple[str, ...]:
    """The arguments that systemd starts the program with, for the text right of `ExecStart=`.

    `%%` and `$$` are read back; a `%` or `$` that would be replaced by something else comes with :data:`LIVE` before
    it. ValueError where systemd would refuse the line or take it for more than one command.
    """
    words = []
    for bare, word in _words(line):
        if bare and word == ";":
            raise ValueError("a second command starts at a lone `;`")
        words.append(";" if bare and word == "\\;" else word)
    return tuple(_expanded(word) for word in words)


def entries(text: str) -> tuple[tuple[str, str, str], ...]:
    """Section, key and value of every assignment of a unit file, in order; a line that continues is one value."""
    section, found, pending = "", [], ""
    for line in re.split(r"\r\n|\n|\r", text):
        stripped = line.strip(BLANKS)
        if stripped[:1] in {"#", ";"} or (not stripped and not pending):
            continue
        pending += stripped
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        stripped, pending = pending, ""
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
        elif "=" in stripped:
            name, _, value = stripped.partition("=")
            found.append((section, name.rstrip(BLANKS), value.lstrip(BLANKS)))
    return tuple(found)


def _words(line: str) -> Iterator[tuple[bool, str]]:
    """Each word with whether it stands there unquoted; a lone semicolon behind a backslash is left for the caller."""
    at, end = 0, len(line)
    while True:
        while at < end and line[at] in BLANKS:
            at += 1
        if at >= end:
            return
        if line[at : at + 2] == "\\;" and (at + 2 == end or line[at + 2] in BLANKS):
            yield True, "\\;"
            at += 2
            continue
        start = at
        word, at = _word(line, at)
        yield not any(mark in line[start:at] for mark in "\"'\\"), word


def _word(line: str, at: int) -> tuple[str, int]:
    found, quote = [], ""
    while at < len(line):
        mark = line[at]
        if mark == "\\":
            text, at = _escape(line, at + 1)
            found.append(text)
            continue
        at += 1
        if mark == quote:
            quote = ""
        elif not quote and mark in "\"'":
            quote = mark
        elif not quote and mark in BLANKS:
            return "".join(found), at
        else:
            found.append(mark)
    if quote:
        raise ValueError("a quote is left open")
    return "".join(found), at


def _escape(line: str, at: int) -> tuple[str, int]:
    if at >= len(line):
        raise ValueError("a backslash stands at the end")
    if line[at] in _LETTERS:
        return _LETTERS[line[at]], at + 1
    if number := _NUMBERS.match(line, at):
        hexadecimal = number[1] or number[2] or number[3]
        value = int(hexadecimal, 16) if hexadecimal else int(number[4], 8)
        if value == 0 or (value > 0x7F and not (number[2] or number[3])):
            raise ValueError("an escape stands for half of a character, or for none")
        return chr(value), number.end()
    return "\\" + line[at], at + 1  # systemd warns and keeps it


def _expanded(word: str) -> str:
    if "%" not in word and "$" not in word:
        return word
    # Specifiers are replaced when the unit is loaded, variables when the command is started.
    text = re.sub("%(.?)", lambda found: "%" if found[1] == "%" else LIVE + found[0], word, flags=re.DOTALL)
    if _WHOLE_VARIABLE.fullmatch(text):
        return LIVE + text
    return _VARIABLE.sub(lambda found: "$" if found[0] == "$$" else LIVE + found[0], text)
