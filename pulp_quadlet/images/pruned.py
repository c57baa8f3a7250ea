"""Which images and wheels nothing needs any more: no kept generation of any site has them, and nobody uses them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from pulp_quadlet.model.deployment import BuiltImage, Deployment
from pulp_quadlet.model.image_names import OURS, kept_beside, pulled_name
from pulp_quadlet.model.lock import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One image of this host."""

    id: str
    names: tuple[str, ...]
    used: bool
    """Whether there is a container of it, whether or not it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superfluous:
    """What may go."""

    images: tuple[str, ...] = ()
    """Names: an image goes with its last one, and its layers that no other image has."""
    wheels: tuple[str, ...] = ()
    """Files and folders of the wheelhouse, relative to it."""
    records: tuple[str, ...] = ()
    """Files there that say what waits for a site which has come by now."""


def images(
    stored: Iterable[Stored], kept: Iterable[Deployment], waiting: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """Names of images that no kept generation has, and that are not `waiting` for one."""
    needed = {*_needed(kept), *waiting}
    return tuple(name for image in stored if not image.used for name in _superfluous(image, needed))


def wheels(found: Iterable[str], locks: Collection[Lock]) -> tuple[str, ...]:
    """Those of these paths in the wheelhouse that no lock has: wheels of an index, and folders `built/KEY`."""
    needed = {package.file for lock in locks for package in lock.packages if package.kind == "wheel"}
    needed |= {f"built/{package.commit or package.sha256}" for lock in locks for package in lock.packages}
    return tuple(sorted(path for path in found if path not in needed))


def _needed(kept: Iterable[Deployment]) -> Iterator[str]:
    for deployment in kept:
        for image in deployment.images:
            tools = image.tools if isinstance(image, BuiltImage) else None
            for reference in (image.reference, *((tools.reference,) if tools else ())):
                yield reference
                yield kept_beside(reference)


def _superfluous(image: Stored, needed: set[str]) -> Iterator[str]:
    """What was built here has names of ours alone, and marks are on what was pulled. Where somebody has given such an
    image a name of his own, or has brought it here himself, only our marks go.
    """
    if needed & {name for name in image.names if not name.startswith(OURS)}:
        return
    yield from (name for name in image.names if name.startswith(OURS) and name not in needed)
    foreign = [name for name in image.names if not name.startswith(OURS)]
    if pulled_name(image.id) in image.names and len(foreign) == 1:
        yield from foreign
