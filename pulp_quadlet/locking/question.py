"""What is given to pip: requirements, and where it looks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pulp_quadlet.locking.asked import SOURCES
from pulp_quadlet.model.deployment import Packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which versions go together?"""

    requirements: tuple[str, ...]
    options: tuple[str, ...] = ()
    """Words for pip that tell where it looks."""
    alone: bool = False
    """Only these packages are looked at, and not what they require."""

    @property
    def text(self) -> str:
        """As the program in the container reads it."""
        return json.dumps(asdict(self))


def question(packages: Packages, without: frozenset[str] = frozenset()) -> Question:
    """That of a site, or that of the same site without some of its plugins."""
    wanted = tuple(each for each in packages.requirements if named(each) not in without)
    return Question(requirements=wanted, options=packages.options)


def of_checkouts(packages: Packages) -> Question:
    """What the checkouts of a site require by now."""
    wanted = tuple(each for each in packages.requirements if f"file://{SOURCES}/" in each)
    return Question(requirements=wanted, options=packages.options, alone=True)


def named(requirement: str) -> str:
    """The package that a requirement is about, by its normalized name."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return canonicalize_name(Requirement(requirement).name)
