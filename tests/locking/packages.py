"""Locks for tests."""

from __future__ import annotations

import hashlib

from pulp_quadlet.model.lock import Lock, LockedPackage

BASE = "docker.io/library/debian:trixie-slim"


def package(name: str, version: str, *requires: str, **more: str) -> LockedPackage:
    """A wheel, if nothing else is said."""
    if more:
        return LockedPackage(name=name, version=version, requires=requires, **more)  # type: ignore[arg-type]  # kind
    file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return LockedPackage(
        name=name,
        version=version,
        kind="wheel",
        url=f"https://files.example.org/{file}",
        file=file,
        sha256=hashlib.sha256(file.encode()).hexdigest(),
        requires=requires,
    )


def lock(*packages: LockedPackage, asked: tuple[str, ...] = ("pulpcore",), python: str = "3.13") -> Lock:
    return Lock(requirements=asked, base=BASE, python=python, packages=tuple(sorted(packages, key=lambda p: p.name)))


def versions(found: Lock) -> dict[str, str]:
    return {each.name: each.version for each in found.packages}
