"""Why a package is in an image: which requirement of the site leads to it, and over which others."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pulp_quadlet.locking.holders import Held, holders
from pulp_quadlet.model.lock import Lock

_NEWEST = "99999"
"""A version that nobody who names an upper limit lets in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A package, and what it asks of the next one in the chain."""

    name: str
    version: str
    asks: str
    """A requirement: `aiohttp<3.14,>=3.8`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a package is there."""

    package: str
    version: str
    asked: bool
    """Whether the site itself asks for it."""
    chains: tuple[tuple[Link, ...], ...]
    """From what the site asks for to the package: the shortest for each of those that lead there."""
    held: tuple[Held, ...]
    """Who lets no newer one in, the strictest first."""


def reason(lock: Lock, package: str) -> Reason | None:
    """Why it is there; None where it is not."""
    found = lock.package(package)
    if found is None:
        return None
    roots = tuple(dict.fromkeys(str(canonicalize_name(Requirement(text).name)) for text in lock.requirements))
    chains = (_chain(lock, root, package) for root in roots if root != package)
    return Reason(
        package=package,
        version=found.version,
        asked=package in roots,
        chains=tuple(sorted(filter(None, chains), key=len)),
        held=holders(lock, package, _NEWEST),
    )


def _chain(lock: Lock, root: str, package: str) -> tuple[Link, ...]:
    """The shortest way from one to the other; empty where there is none."""
    known = {each.name: each for each in lock.packages}
    ways: dict[str, tuple[Link, ...]] = {root: ()}
    waiting = [root]
    while waiting:
        name = waiting.pop(0)
        for text in known[name].requires if name in known else ():
            needed = str(canonicalize_name(Requirement(text).name))
            if needed not in ways:
                ways[needed] = (*ways[name], Link(name=name, version=known[name].version, asks=text))
                waiting.append(needed)
    return ways.get(package, ())
