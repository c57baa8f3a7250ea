"""The tables `keys.toml` (Quadlet's sections) and `systemd.toml` (systemd's own) as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import tomli

from pulp_quadlet.quadlet.version import OLDEST, PodmanVersion

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """How a value is read; the first six by Quadlet (see the head of keys.toml), the others by systemd."""

    SCALAR = "scalar"
    BOOLEAN = "boolean"
    WORDS = "words"
    ARGUMENTS = "arguments"
    ASSIGNMENTS = "assignments"
    RAW = "raw"
    UNITS = "units"
    EXEC = "exec"
    PATH = "path"
    TEXT = "text"
    LIST = "list"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of one key of one section; the meaning of each field stands at the head of keys.toml."""

    section: str
    name: str
    kind: Kind
    since: PodmanVersion = OLDEST
    podman: str | None = None
    prefix: str = ""
    multiple: bool = False
    check: str = ""
    only_true: bool = False
    option_since: PodmanVersion = OLDEST


FILE_SINCE: Final = {
    ".container": PodmanVersion(4, 4),
    ".network": PodmanVersion(4, 4),
    ".volume": PodmanVersion(4, 4),
    ".image": PodmanVersion(4, 8),
    ".pod": PodmanVersion(5, 0),
    ".build": PodmanVersion(5, 2),
}
"""The first release that reads a type of file."""


@cache
def key(section: str, name: str) -> Key | None:
    """What is known of `name` in `section`; None for a key that no release has, and for a section of systemd's an
    unknown name is taken as plain text, because systemd has a thousand and grows.
    """
    if section in _table("keys.toml"):
        return _table("keys.toml")[section].get(name)
    return _table("systemd.toml").get(section, {}).get(name) or Key(section, name, Kind.PLAIN)


@cache
def quadlet_sections() -> tuple[str, ...]:
    """The sections that are Quadlet's own."""
    return tuple(_table("keys.toml"))


def keys_of(section: str) -> Mapping[str, Key]:
    """Every known key of one of Quadlet's sections, newest release included."""
    return _table("keys.toml")[section]


@cache
def _table(name: str) -> dict[str, dict[str, Key]]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return {
        section: {each: _key(section, each, fields) for each, fields in entries.items()}
        for section, entries in tomli.loads(text).items()
    }


def _key(section: str, name: str, fields: dict[str, Any]) -> Key:
    typed: dict[str, Any] = {"kind": Kind(fields["kind"])}
    typed |= {each: PodmanVersion.parse(fields[each]) for each in ("since", "option_since") if each in fields}
    return Key(section, name, **fields | typed)
