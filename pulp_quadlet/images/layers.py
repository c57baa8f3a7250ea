"""In which layers packages go into Pulp's image, so that another plugin leaves the layers before it as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pulp_quadlet.errors import Problem, SiteError
from pulp_quadlet.model.deployment import Packages
from pulp_quadlet.model.lock import Lock, LockedPackage

WHEELS = "/mnt/wheels"
"""The wheelhouse, as a build sees it."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_KEY = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one plugin needs beyond the layers before; the first is that of pulpcore."""

    name: str
    lines: tuple[str, ...]
    """As pip reads them: a wheel of an index with its hash, one that was made on this host with the folder that it is
    in, which is named after its source.
    """


def layers(packages: Packages, names: tuple[str, ...]) -> tuple[Layer, ...]:
    """Layers for pulpcore and plugins, by their names in the order in which they were asked for.

    Without a lock they say what is asked for; nothing can be built from that.
    """
    if packages.lock is None:
        return tuple(Layer(name=name, lines=(line,)) for name, line in zip(names, packages.requirements, strict=True))
    return tuple(_layer(name, found) for name, found in _shares(packages.lock, names))


def _shares(lock: Lock, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[LockedPackage, ...]]]:
    left = {package.name: package for package in lock.packages}
    for name in names:
        taken = [left.pop(each) for each in sorted(_closure(lock, name)) if each in left]
        # what nobody asks for in a lock is installed all the same: the image is what the lock says
        yield name, (*taken, *(left.values() if name == names[-1] else ()))


def _closure(lock: Lock, name: str) -> set[str]:
    """A package and all that it needs, as far as the lock has it."""
    by_name = {package.name: package for package in lock.packages}
    found: set[str] = set()
    due = [name]
    while due:
        each = due.pop()
        if each in by_name and each not in found:
            found.add(each)
            due += [_name_of(line) for line in by_name[each].requires]
    return found


def _name_of(requirement: str) -> str:
    """The name that a requirement begins with, as PyPI normalizes it."""
    name = re.match(r"\s*([A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", name[1]).lower() if name else ""


def _layer(name: str, packages: tuple[LockedPackage, ...]) -> Layer:
    for package in packages:
        _check(package)
    return Layer(name=name, lines=tuple(f"{each.name}=={each.version} {_found(each)}" for each in packages))


def _found(package: LockedPackage) -> str:
    if package.kind == "wheel":
        return f"--hash=sha256:{package.sha256}"
    return f"--find-links={WHEELS}/built/{package.commit or package.sha256}"


def _check(package: LockedPackage) -> None:
    """A lock is a file that anybody may have written: what it says becomes words for pip."""
    key = package.commit or package.sha256
    if _NAME.fullmatch(package.name) and _VERSION.fullmatch(package.version) and _KEY.fullmatch(key):
        return
    raise SiteError(
        Problem(
            code="lock-unusable",
            message=f"the lock has a package that cannot be installed: {package.name!r} {package.version!r} {key!r}",
            help=("remove the lock file: the next `pulp-quadlet apply` writes a new one",),
        )
    )
