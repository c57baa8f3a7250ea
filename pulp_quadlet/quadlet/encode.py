"""The text right of `=`, such that Quadlet and then systemd hand exactly the literal value to podman.

Three readers stand between the text and podman: Quadlet's, whose rules differ by key and by release; systemd's, which
reads the command line that Quadlet writes; and systemd's expansion of `%` and `$` in it. Sources:
pkg/systemd/parser/unitfile.go and split.go of Podman, systemd.service(5), podman-systemd.unit(5), podman#28409.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pulp_quadlet.quadlet.characters import BLANKS, EDGE_SPACE, breaks_the_line, has_bare_edges, unwritable
from pulp_quadlet.quadlet.demands import demand
from pulp_quadlet.quadlet.keys import Key, Kind, key, quadlet_sections
from pulp_quadlet.quadlet.systemd import (
    escape,
    systemd_exec,
    systemd_path,
    systemd_plain,
    systemd_text,
    systemd_word,
    tmpfiles_word,
    unit_names,
)
from pulp_quadlet.quadlet.version import STRIPS_ONE_PAIR, STRIPS_QUOTES, PodmanVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulp_quadlet.quadlet.unit import Entry

__all__ = [
    "Inexpressible",
    "encode",
    "systemd_exec",
    "systemd_path",
    "systemd_text",
    "systemd_word",
    "tmpfiles_word",
    "unit_names",
]

_BARE_WORD = re.compile(r"[A-Za-z0-9_./:=,+@%$~-]+", re.ASCII)


class Inexpressible(ValueError):  # noqa: N818 - reads as what the entry is
    """A value that a unit for that version of Podman cannot say; `reason` is a clause for the one who asked for it."""

    def __init__(self, entry: Entry, reason: str) -> None:
        super().__init__(f"`{entry.key}` cannot be {entry.value!r}: {reason}")
        self.entry = entry
        self.reason = reason


def encode(entry: Entry, version: PodmanVersion) -> str:
    """The text for one line `KEY=TEXT` of a unit read by that version of Podman, or by systemd.

    Raises :class:`Inexpressible` where no text would bring the literal value through.
    """
    found = key(entry.section, entry.key)
    if found is None:
        raise Inexpressible(entry, f"Quadlet has no key `{entry.key}` in [{entry.section}]")
    try:
        if entry.section not in quadlet_sections():
            return _SYSTEMD[found.kind](entry)
        if version < found.since:
            raise ValueError(f"Podman {version} does not know it; {found.since} is the first that does")  # noqa: TRY301  # caught below
        return _quadlet(entry, found, version)
    except Inexpressible:
        raise
    except ValueError as error:
        raise Inexpressible(entry, str(error)) from None


def _quadlet(entry: Entry, found: Key, version: PodmanVersion) -> str:
    match found.kind:
        case Kind.BOOLEAN:
            return _boolean(entry)
        case Kind.ASSIGNMENTS:
            return _argument(_checked("=".join(_assignment(entry)), found, version))
        case Kind.WORDS:
            return " ".join(_word(_checked(word, found, version)) for word in _some(entry))
        case Kind.ARGUMENTS:
            return " ".join(_argument(_checked(word, found, version)) for word in _some(entry))
        case Kind.RAW:
            return _raw(_checked(_one(entry), found, version))
        case _:
            return _scalar(_checked(_one(entry), found, version), version)


def _checked(value: str, found: Key, version: PodmanVersion) -> str:
    """`value` with what systemd would expand doubled; ValueError where no spelling can bring it through."""
    for reason in (unwritable(value), demand(found.check, value, version)):
        if reason is not None:
            raise ValueError(reason)
    if "\x80" in value:
        raise ValueError("Quadlet writes U+0080 in a way that systemd reads as half of a character")
    if value == ";" and found.podman is not None and not found.prefix:
        raise ValueError("Quadlet leaves a lone `;` bare, where systemd starts a second command")
    return value.replace("%", "%%").replace("$", "$$")


def _one(entry: Entry) -> str:
    if not isinstance(entry.value, str):
        raise ValueError("it takes one value, not a list")  # noqa: TRY004 - a reason, told as the others are
    return entry.value


def _some(entry: Entry) -> tuple[str, ...]:
    if not entry.words:
        raise ValueError("it needs at least one word")
    return entry.words


def _assignment(entry: Entry) -> tuple[str, str]:
    match entry.value:
        case (name, value) if name and "=" not in name:
            return name, value
        case _:
            raise ValueError("it takes a pair of a name, without `=`, and a value")


def _boolean(entry: Entry) -> str:
    # Quadlet takes any word it does not know for "no"; only what surely means one of the two is written.
    if entry.truth is None:
        raise ValueError("it must be `true` or `false`")
    return "true" if entry.truth else "false"


def _scalar(text: str, version: PodmanVersion) -> str:
    _one_line(text)
    quoted = '"' in (text[0], text[-1])
    if version < STRIPS_QUOTES:
        if not has_bare_edges(text):
            raise ValueError(f"Podman {version} cannot keep a blank at an end of a value, nor a backslash at the last")
        return text
    if quoted and version < STRIPS_ONE_PAIR:
        raise ValueError(f"Podman {version} removes every double quote at the two ends of a value; 5.8.2 keeps them")
    return f'"{text}"' if quoted or not has_bare_edges(text) else text


def _raw(text: str) -> str:
    _one_line(text)
    if not has_bare_edges(text):
        raise ValueError("Quadlet cannot keep a blank at an end of this value, nor a backslash at the last")
    return text


def _word(text: str) -> str:
    """One word where quotes group and nothing escapes: each stretch goes between quotes of the other sort."""
    _one_line(text)
    if not any(mark in EDGE_SPACE or mark in BLANKS + "\"'" for mark in text) and not text.endswith("\\"):
        return text
    return "".join(f"'{stretch}'" if '"' in stretch else f'"{stretch}"' for stretch in re.findall(r'"+|[^"]+', text))


def _argument(text: str) -> str:
    return text if _BARE_WORD.fullmatch(text) else escape(text)


def _one_line(text: str) -> None:
    if reason := breaks_the_line(text):
        raise ValueError(reason)


def _listed(entry: Entry) -> str:
    return " ".join(map(systemd_word, _some(entry)))


def _plain(entry: Entry) -> str:
    text = systemd_plain(_one(entry))
    if "%" in text:
        raise ValueError("whether systemd expands a `%` here is not known")
    return text


_SYSTEMD: Final[Mapping[Kind, Callable[[Entry], str]]] = {
    Kind.UNITS: lambda entry: unit_names(_some(entry)),
    Kind.EXEC: lambda entry: systemd_exec(entry.words),
    Kind.PATH: lambda entry: systemd_path(_one(entry)),
    Kind.TEXT: lambda entry: systemd_text(_one(entry)),
    Kind.LIST: _listed,
    Kind.ASSIGNMENTS: lambda entry: systemd_word("=".join(_assignment(entry))),
    Kind.BOOLEAN: _boolean,
    Kind.PLAIN: _plain,
}
