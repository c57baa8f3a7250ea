"""In which layers packages go into Pulp's image, so that another plugin leaves the layers before it as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pulp_quadlet.errors import Problem, SiteError
from pulp_quadlet.model.deployment import Packages, TextFile
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
    """As pip reads them: wheels of an index, each with its hash."""
    built: tuple[str, ...] = ()
    """The same for what was made into a wheel on this host, in a folder that is named after its source."""

    @property
    def files(self) -> tuple[TextFile, ...]:
        """The requirements as files of the build."""
        texts = ((f"{self.name}.txt", self.lines), (f"{self.name}.built.txt", self.built))
        return tuple(TextFile(path=f"layers/{name}", text=_text(lines)) for name, lines in texts if lines)


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
    wheels = (each for each in packages if each.kind == "wheel")
    built = [each for each in packages if each.kind != "wheel"]
    return Layer(
        name=name,
        lines=tuple(f"{each.name}=={each.version} --hash=sha256:{each.sha256}" for each in wheels),
        built=(
            *(f"--find-links {WHEELS}/built/{each.commit or each.sha256}" for each in built),
            *(f"{each.name}=={each.version}" for each in built),
        ),
    )


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


def _text(lines: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)
