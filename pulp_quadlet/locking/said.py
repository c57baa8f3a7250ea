"""What pip printed, and what is needed to say whose doing it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pulp_quadlet.errors import Location
from pulp_quadlet.model.service import SitePath

Locate = Callable[[SitePath], Location | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What pip printed, and what is needed to say whose doing it is."""

    lines: tuple[str, ...]
    alike: tuple[str, ...]
    requirements: tuple[str, ...]
    locate: Locate

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def place(self, name: str, *keys: str) -> Location | None:
        """The key of the site file that asks for a package; None where no key does."""
        for path in (("plugins", name, *keys), ("plugins", name)):
            if found := self.locate(path):
                return found if _is_about(found, name) else None
        return None


def _is_about(where: Location, name: str) -> bool:
    """Whether a place is that of a plugin, and not of the table around all of them."""
    return name in canonicalize_name(where.source) or not where.source


def name_of(requirement: str) -> str:
    """The package that a requirement is about, whether or not it is one that can be read."""
    try:
        return str(canonicalize_name(Requirement(requirement).name))
    except InvalidRequirement:
        return str(canonicalize_name(re.split(r"[^A-Za-z0-9._-]", requirement.strip())[0]))


def in_words(words: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def file_of(url: str) -> str:
    """The name of the file at an address."""
    return unquote(urlsplit(url).path.rpartition("/")[2])
