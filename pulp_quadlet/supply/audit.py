"""Holds what is in an image against its bill of materials, and against the lock."""

from __future__ import annotations

from collections.abc import Iterator

from pulp_quadlet.model.contents import Bill, Contents, Described, Finding, Packed
from pulp_quadlet.model.lock import Lock

_SHOWN = 5
PULP = "opt/pulp/"
"""Where the packages of the lock are, below the root of an image that is built here."""


def audit(image: Described, contents: Contents, bill: Bill | None, lock: Lock | None) -> Iterator[Finding]:
    """What is not as it should be. `lock` is that of the image's Python packages, where it has one."""
    if bill is None:
        message = f"{image.reference} has no bill of materials, so nothing tells what should be in it"
        yield Finding(kind="no-bill", role=image.role, message=message)
    else:
        yield from _against_bill(image, contents, bill)
    if lock is not None:
        yield from _against_lock(image, contents, lock)
    for packed in contents.packages:
        yield from _changed_files(image, packed)
    if contents.stray:
        message = f"files that belong to no package: {_some(contents.stray)}"
        yield Finding(kind="stray", role=image.role, message=message)


def _against_bill(image: Described, contents: Contents, bill: Bill) -> Iterator[Finding]:
    if image.id != bill.id:
        message = f"{image.reference} is {image.id[:12]}, and its bill of materials is of {bill.id[:12]}"
        yield Finding(kind="other-image", role=image.role, message=message)
    found = {each.key: each for each in contents.packages}
    billed = {each.key: each for each in bill.packages}
    for key in sorted(found.keys() - billed.keys()):
        message = f"{_named(found[key])} is in it, and not in its bill of materials"
        yield Finding(kind="added", role=image.role, package=found[key].name, message=message)
    for key in sorted(billed.keys() - found.keys()):
        message = f"{_named(billed[key])} is in its bill of materials, and not in it"
        yield Finding(kind="missing", role=image.role, package=billed[key].name, message=message)
    for key in sorted(found.keys() & billed.keys()):
        yield from _differs(image, found[key], billed[key])


def _differs(image: Described, found: Packed, billed: Packed) -> Iterator[Finding]:
    if found.version != billed.version:
        message = f"{_named(found)} is in it, and {billed.version} is in its bill of materials"
        yield Finding(kind="other-version", role=image.role, package=found.name, message=message)
    elif found.files != billed.files:
        message = f"{_named(found)} has other checksums than when its bill of materials was written"
        yield Finding(kind="repacked", role=image.role, package=found.name, message=message)


def _against_lock(image: Described, contents: Contents, lock: Lock) -> Iterator[Finding]:
    found = {each.name: each for each in contents.packages if each.where.startswith(PULP)}
    locked = {each.name: each for each in lock.packages}
    for name in sorted(found.keys() - locked.keys()):
        message = f"{_named(found[name])} is in it, and not in the lock"
        yield Finding(kind="unlocked", role=image.role, package=name, message=message)
    for name in sorted(locked.keys() - found.keys()):
        message = f"{name} {locked[name].version} is in the lock, and not in it"
        yield Finding(kind="unlocked", role=image.role, package=name, message=message)
    for name in sorted(found.keys() & locked.keys()):
        if found[name].version != locked[name].version:
            message = f"{_named(found[name])} is in it, and {locked[name].version} is in the lock"
            yield Finding(kind="unlocked", role=image.role, package=name, message=message)


def _changed_files(image: Described, packed: Packed) -> Iterator[Finding]:
    if packed.wrong:
        files = _some([f"{path} {how}" for path, how in packed.wrong])
        message = f"{_named(packed)} is not as it was packed: {files}"
        yield Finding(kind="changed", role=image.role, package=packed.name, message=message)


def _named(packed: Packed) -> str:
    return f"{packed.title} {packed.version}"


def _some(things: tuple[str, ...] | list[str]) -> str:
    more = len(things) - _SHOWN
    return ", ".join(things[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
