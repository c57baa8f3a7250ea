"""Which images a site needs, and what is known of each beforehand."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from pulp_quadlet.model.contents import Described
from pulp_quadlet.model.deployment import BuiltImage, Image, PulledImage
from pulp_quadlet.model.lock import Lock


def with_tools(images: Iterable[Image]) -> tuple[Image, ...]:
    """The images of services, and those that they are made with; each once."""
    found: dict[str, Image] = {}
    for image in images:
        found.setdefault(image.reference, image)
        if isinstance(image, BuiltImage) and image.tools:
            found.setdefault(image.tools.reference, image.tools)
    return tuple(found.values())


def with_bases(images: Iterable[Image]) -> tuple[Image, ...]:
    """All of these, and what a build of them begins with."""
    all_ = with_tools(images)
    known = {image.reference for image in all_}
    bases = dict.fromkeys(base_of(image) for image in all_)
    more = (PulledImage(reference=base, role="base") for base in bases if base and base not in known)
    return (*all_, *more)


def described(image: Image, present: str) -> Described:
    """An image whose id is known."""
    return Described(role=image.role, reference=image.reference, id=present, base=base_of(image))


def base_of(image: Image) -> str:
    """The image that a build begins with."""
    return next(_from(image), "") if isinstance(image, BuiltImage) else ""


def lock_of(image: Image) -> Lock | None:
    """The lock of its Python packages."""
    return image.packages.lock if isinstance(image, BuiltImage) and image.packages else None


def locks(images: Iterable[Image]) -> tuple[Lock, ...]:
    """All of them."""
    return tuple(lock for lock in map(lock_of, images) if lock)


def runner(images: Sequence[Image], here: Container[str]) -> str:
    """The image with a Python in which others are looked at; empty where none is here."""
    by_trust = sorted(images, key=lambda image: ("tools", "pulp").index(image.role) if _has_python(image) else 2)
    return next((each.reference for each in by_trust if _has_python(each) and each.reference in here), "")


def type_of(images: Iterable[Image]) -> str | None:
    """The SELinux type of what runs to make images or to look at them; None where the host has none."""
    return next((each.type for each in images if each.type), None)


def _has_python(image: Image) -> bool:
    return image.role in {"tools", "pulp"}


def _from(image: BuiltImage) -> Iterator[str]:
    for file in image.context:
        if file.path == "Containerfile":
            stages = [line.split()[1] for line in file.text.splitlines() if line.startswith("FROM ")]
            yield from stages[-1:]
