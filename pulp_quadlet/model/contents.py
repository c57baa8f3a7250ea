"""What is in an image: what was found there, what its bill of materials says, and what an audit finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ecosystem = Literal["pypi", "deb", "rpm"]
_KINDS = {"pypi": "", "deb": "the Debian package ", "rpm": "the RPM package "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One package in an image."""

    ecosystem: Ecosystem
    name: str
    version: str
    where: str = ""
    """The folder of a Python package below the root of the image: there may be several environments."""
    files: str = ""
    """A digest of the checksums that it was packed with; empty where it has none."""
    architecture: str = ""
    licence: str = ""
    wrong: tuple[tuple[str, str], ...] = ()
    """Files that are not as they were packed: path, and what is wrong with it."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others in its image."""
        return self.ecosystem, self.where or self.architecture, self.name

    @property
    def title(self) -> str:
        """For people."""
        return f"{_KINDS[self.ecosystem]}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All of an image."""

    packages: tuple[Packed, ...]
    distribution: str = ""
    """`debian`, as os-release(5) calls it."""
    release: str = ""
    foreign: bool = False
    """Whether it has packages of a kind that is not read."""
    stray: tuple[str, ...] = ()
    """Files among Python packages that belong to none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An image that is here."""

    role: str
    reference: str
    id: str
    """In hexadecimal."""
    base: str = ""
    """The image that it was built from; empty where it was pulled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a bill of materials says, as far as an audit needs it."""

    reference: str
    id: str
    packages: tuple[Packed, ...]


Kind = Literal[
    "no-bill",
    "other-image",
    "added",
    "missing",
    "other-version",
    "repacked",
    "changed",
    "stray",
    "unlocked",
    "vulnerable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that an audit found."""

    kind: Kind
    role: str
    message: str
    """A clause without a full stop."""
    package: str = ""
