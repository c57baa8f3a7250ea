"""Words, command lines, paths and unit names as systemd reads them in its own units, and words of tmpfiles.d(5).

Every function takes the literal meaning and gives the text that stands for it, or raises ValueError with a clause
that says why there is none. Sources: systemd.syntax(7), systemd.unit(5), systemd.service(5), tmpfiles.d(5).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pulp_quadlet.quadlet.characters import LONGEST, breaks_the_line, has_bare_edges, unwritable

if TYPE_CHECKING:
    from collections.abc import Sequence

_ESCAPES: Final = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", '"': '"'}
_BARE = re.compile(r"[A-Za-z0-9_./:=,+@^%$-]+", re.ASCII)

# unit_name_is_valid() of systemd: at most 255 characters, a known suffix, an instance after one `@`.
_UNIT = re.compile(
    r"[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\@-]*)?"
    r"\.(?:service|socket|target|timer|path|mount|automount|slice|scope|swap|device)",
    re.ASCII,
)
_LONGEST_UNIT = 255


def escape(text: str) -> str:
    """`text` between double quotes, with C escapes that systemd and Quadlet both read."""
    return '"' + "".join(map(_escape_one, text)) + '"'


def systemd_word(word: str) -> str:
    """One word of a list (`Environment=`, `ReadWritePaths=`): quoted as needed, `%` doubled, `$` left alone."""
    if not word:
        return '""'
    _demand(unwritable(word))
    text = word.replace("%", "%%")
    return text if _BARE.fullmatch(text) else escape(text)


def systemd_exec(argv: Sequence[str]) -> str:
    """A command line for `ExecStart=` and its like: the program, by its absolute path, and its arguments.

    A lone `;` would start a second command, so it is quoted. No variable is replaced in the program's own path, so
    a `$` there has no spelling that every systemd agrees on.
    """
    if not argv or not argv[0].startswith("/"):
        raise ValueError("a command starts with the absolute path of its program")
    if "$" in argv[0]:
        raise ValueError("the path of a program cannot hold `$`")
    return " ".join([systemd_word(argv[0]), *(_argument(word) for word in argv[1:])])


def systemd_path(path: str) -> str:
    """A path that is the whole rest of a line (`WorkingDirectory=`, `PIDFile=`): absolute, `%` doubled."""
    if not path.startswith("/"):
        raise ValueError("a path must be absolute")
    return systemd_text(path)


def systemd_text(text: str) -> str:
    """Text that is the whole rest of a line (`Description=`): nothing is quoted there, only `%` has a meaning."""
    return systemd_plain(text).replace("%", "%%")


def systemd_plain(text: str) -> str:
    """The rest of a line as it is, for a value in which nothing has a meaning."""
    _demand(unwritable(text) if text else None)
    _demand(breaks_the_line(text))
    if text and not has_bare_edges(text):
        raise ValueError("a line cannot keep a blank at an end of its value, nor a backslash at the last")
    return text


def unit_names(names: Sequence[str]) -> str:
    """Names of units, separated by blanks; each is checked, since a wrong one is dropped with a mere warning."""
    for name in names:
        if len(name) > _LONGEST_UNIT or not _UNIT.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a unit of systemd")
    return " ".join(names)


def tmpfiles_word(word: str) -> str:
    """One field of a line of tmpfiles.d(5): quoted as needed, `%` doubled. Glob characters keep their meaning in the
    types of lines that take a pattern.
    """
    return systemd_word(word)


def _argument(word: str) -> str:
    text = systemd_word(word).replace("$", "$$")
    return '";"' if text == ";" else text


def _escape_one(character: str) -> str:
    if character in _ESCAPES:
        return "\\" + _ESCAPES[character]
    if character < " " or character == "\x7f":
        return f"\\x{ord(character):02x}"
    return character


def _demand(reason: str | None) -> None:
    if reason is not None:
        raise ValueError(reason)


__all__ = [
    "LONGEST",
    "escape",
    "systemd_exec",
    "systemd_path",
    "systemd_plain",
    "systemd_text",
    "systemd_word",
    "tmpfiles_word",
    "unit_names",
]
