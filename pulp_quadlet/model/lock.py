"""Which packages an image of Pulp is made of, to the file: what a solver found once, and every build takes again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["wheel", "sdist", "git", "folder"]
"""A file of an index that is installed as it is; a file that is built first; a commit; a checkout on this host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One package in one version."""

    name: str
    """As PyPI normalizes it: small letters, digits and dashes."""
    version: str
    kind: Kind
    url: str = ""
    """Where the file or the repository is; empty for a folder, and for files that were found without an index."""
    file: str = ""
    """The name of the wheel or sdist."""
    sha256: str = ""
    """Of the file, in hexadecimal; of a folder's content, where that is what there is."""
    commit: str = ""
    folder: str = ""
    """The checkout on this host."""
    requires: tuple[str, ...] = ()
    """What it needs itself in this image: its requirements whose markers hold there, each without its marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What was found of a folder that a plugin is to be installed from."""

    digest: str = ""
    """Of its content, in hexadecimal; empty when there is something wrong."""
    wrong: str = ""
    """Why it cannot be used, as the rest of a sentence that begins with its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The answer of a solver to a list of requirements, for one base image."""

    requirements: tuple[str, ...]
    """What was asked for, as pip reads it."""
    base: str
    """The base image whose Python it was solved for."""
    python: str
    """That Python, as `3.13`."""
    packages: tuple[LockedPackage, ...]
    """By name."""

    def answers(self, requirements: tuple[str, ...], base: str) -> bool:
        """Whether it was made for these requirements, in whichever order, and this base image."""
        return set(requirements) == set(self.requirements) and base == self.base

    def package(self, name: str) -> LockedPackage | None:
        """A package by its normalized name."""
        return next((each for each in self.packages if each.name == name), None)
