"""A new answer beside an old one: what need not move stays as it was.

pip knows no preferences, and its answer is always the newest of all. So the two answers are put together: whatever the
old lock has stays, until a package asks for more than that; then it becomes as in the new answer. Where all has
become so, it is the new answer, which pip says goes together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pulp_quadlet.model.lock import Lock, LockedPackage

ALL = "*"
"""Moves whatever can."""


def kept(former: Lock | None, found: Lock, moving: Collection[str] = ()) -> Lock:
    """The new answer with as much of the former one as goes with it. `moving` names what is to be as new as can be,
    beside what is asked for in other words than before.
    """
    if former is None or ALL in moving:
        return found
    asked = [Requirement(text) for text in found.requirements]
    told = set(former.requirements)
    others = {canonicalize_name(each.name) for each in asked if str(each) not in {str(Requirement(t)) for t in told}}
    mix = _Mix(former, found, {*moving, *others})
    mix.settle(asked)
    return replace(found, packages=tuple(sorted(mix.chosen.values(), key=lambda each: each.name)))


class _Mix:
    """Packages of two locks, chosen by name from one of them."""

    def __init__(self, former: Lock, found: Lock, moving: Collection[str]) -> None:
        self._new = {each.name: each for each in found.packages}
        same_python = former.python == found.python
        self._old = {
            each.name: each for each in former.packages if each.name not in moving and _stays(each, same_python)
        }
        self._extras = (_extras(former), _extras(found))
        self.chosen: dict[str, LockedPackage] = {}

    def settle(self, asked: list[Requirement]) -> None:
        """Choose until all that is asked for goes together."""
        while not self._settled(asked):
            self.chosen.clear()

    def _settled(self, asked: list[Requirement]) -> bool:
        waiting: list[tuple[str, Requirement]] = [("", each) for each in asked]
        while waiting:
            by, wanted = waiting.pop()
            name = canonicalize_name(wanted.name)
            if name not in self.chosen:
                package = self._choice(name)
                if package is None:  # one of the former ones needs what the new answer does without
                    return self._give_up(by, name)
                self.chosen[name] = package
                waiting += [(name, Requirement(text)) for text in package.requires]
            fits = wanted.specifier.contains(self.chosen[name].version, prereleases=True)
            if not fits or not self._has(name, wanted.extras):
                return self._give_up(by, name)
        return True

    def _choice(self, name: str) -> LockedPackage | None:
        """What the same version requires is as it was found out last: then it was known which extras are wanted."""
        old, new = self._old.get(name), self._new.get(name)
        if old and new and old.version == new.version:
            return replace(
                old, requires=tuple(sorted({*old.requires, *new.requires})) if self._less(name) else new.requires
            )
        return old or new

    def _less(self, name: str) -> bool:
        """Whether the new answer wants less extras of it."""
        former, found = self._extras
        return not former.get(name, set()) <= found.get(name, set())

    def _has(self, name: str, extras: set[str]) -> bool:
        """Whether it is known what these extras of the chosen package require."""
        former, found = (each.get(name, set()) for each in self._extras)
        old, new = self._old.get(name), self._new.get(name)
        if old and new and old.version == new.version:
            return extras <= former | found
        return extras <= (former if old else found)

    def _give_up(self, *names: str) -> bool:
        """The first of these that is as before becomes as in the new answer; where none is, all does."""
        if not any(self._old.pop(name, None) for name in names):
            self._old.clear()
        return False


def _extras(lock: Lock) -> dict[str, set[str]]:
    """Which extras of each package are wanted in a lock."""
    wanted: dict[str, set[str]] = {}
    for text in (*lock.requirements, *(text for package in lock.packages for text in package.requires)):
        requirement = Requirement(text)
        wanted.setdefault(canonicalize_name(requirement.name), set()).update(requirement.extras)
    return wanted


def _stays(package: LockedPackage, same_python: bool) -> bool:
    """A checkout is always as it is now; a wheel of another Python cannot be installed."""
    return package.kind != "folder" and (same_python or package.file.endswith("-none-any.whl"))
