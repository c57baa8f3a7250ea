"""Who holds a package back: a locked package whose requirement lets no newer one in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from pulp_quadlet.model.lock import Lock

_UPPER = ("<", "<=", "==", "~=", "===")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A package is held below a version."""

    package: str
    version: str
    """The one that is locked."""
    by: str
    """Who holds it: a package, or empty where the site file itself does."""
    by_version: str
    bound: str
    """Its requirement, as `<3.115`."""
    without: str = ""
    """The version that there would be without the one who holds it, where that was found out."""

    @property
    def words(self) -> str:
        """`pulp-rust 0.0.0 holds pulpcore below 3.115; without it you get 3.123.1`."""
        who = f"{self.by} {self.by_version}" if self.by else "the site file"
        operator = self.bound.rstrip("0123456789.*abcdevrpost+!-")
        limit = self.bound.removeprefix(operator)
        how = {"<": f"below {limit}", "<=": f"at {limit} or below"}.get(operator, f"at `{self.bound}`")
        rest = f"; without it you get {self.without}" if self.without else ""
        return f"{who} holds {self.package} {how}{rest}"


def wanting(lock: Lock, package: str) -> Iterator[tuple[str, str, Requirement]]:
    """Who wants a package: name, version and requirement; those of the site file itself have no name."""
    for text in lock.requirements:
        requirement = Requirement(text)
        if canonicalize_name(requirement.name) == package:
            yield "", "", requirement
    for each in lock.packages:
        for text in each.requires:
            requirement = Requirement(text)
            if canonicalize_name(requirement.name) == package:
                yield each.name, each.version, requirement


def holders(lock: Lock, package: str, newest: str) -> tuple[Held, ...]:
    """Those who do not let `newest` in, the strictest first."""
    locked = lock.package(package)
    if locked is None:
        return ()
    found: list[Held] = []
    for by, version, requirement in wanting(lock, package):
        if requirement.specifier.contains(newest, prereleases=True):
            continue
        found += [
            Held(package=package, version=locked.version, by=by, by_version=version, bound=str(each))
            for each in requirement.specifier
            if each.operator in _UPPER and not each.contains(newest, prereleases=True)
        ]
    return tuple(sorted(found, key=lambda each: (_limit(each.bound), each.by)))


def wall(lock: Lock, package: str = "pulpcore") -> tuple[str, tuple[str, ...]] | None:
    """The version that no newer one of a package may reach for now, and those plugins that say so: `3.130`.

    Pulp's plugins do so, since what they are programmed against may change there.
    """
    limits: dict[str, list[str]] = {}
    for by, _, requirement in wanting(lock, package):
        for each in requirement.specifier:
            if each.operator == "<":
                limits.setdefault(each.version, []).append(by or "the site file")
    if not limits:
        return None
    lowest = min(limits, key=Version)
    return lowest, tuple(sorted(limits[lowest]))


def _limit(bound: str) -> Version:
    return Version(bound.lstrip("<>=~!").removesuffix(".*"))


def without(held: Iterable[Held], other: Lock) -> tuple[Held, ...]:
    """The same, with what the lock without the new plugins has instead."""
    from dataclasses import replace

    return tuple(
        replace(each, without=found.version) if (found := other.package(each.package)) else each for each in held
    )
