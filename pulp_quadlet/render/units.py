"""Values of the deployment to units. There is one template for each kind of unit, in `units/`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pulp_quadlet.errors import Problem
from pulp_quadlet.model.deployment import Deployment, TextFile
from pulp_quadlet.model.labels import CONFIG_LABEL, DIGEST_LABEL
from pulp_quadlet.model.service import Mount, Service, SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.quadlet.unit import Entry, Unit
from pulp_quadlet.render.sheet import Sheet
from pulp_quadlet.resources import fill

_UNKNOWN_DIGEST = "0" * 16  # stands in the text while the text is hashed


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenUnit:
    """One unit: its file, its value, and what could not be written."""

    file: TextFile
    unit: Unit
    digest: str
    config: str
    problems: tuple[tuple[SitePath, Problem], ...]


def units(deployment: Deployment, target: Target) -> Iterator[WrittenUnit]:
    """All units of the host, in no order that matters."""
    site = deployment.site
    shared = {"site": site, "whole": f"{site}.target", "network": f"{site}.network"}
    yield _write(target, "network.j2", f"quadlet/{site}.network", **shared)
    for service in deployment.services:
        yield _container(deployment, target, service, shared)
    for socket in deployment.sockets:
        yield _write(target, "socket.j2", f"systemd/{socket.name}.socket", socket=socket, **shared)
    yield _write(target, "target.j2", f"systemd/{site}.target", deployment=deployment, **shared)


def _container(deployment: Deployment, target: Target, service: Service, shared: dict[str, str]) -> WrittenUnit:
    config = _digest_of(*(f"{file.path}\0{file.text}" for file in deployment.configs if file.path in service.configs))
    sockets = {socket.name: socket for socket in deployment.sockets}
    values = {
        "service": service,
        "sockets": [f"{name}.socket" for name in service.sockets if name in sockets],
        "mount": _mount,
        "config": config,
        **shared,
    }
    written = _write(target, "container.j2", f"quadlet/{service.name}.container", **values)
    return replace(written, config=config)


def _mount(mount: Mount) -> str:
    """The value of `Volume=`. Never with `z` or `Z`: Podman would walk through the whole folder at each start."""
    return f"{mount.source}:{mount.target}:{'rw' if mount.writable else 'ro'}"


def _write(target: Target, template: str, path: str, **values: object) -> WrittenUnit:
    """Fill in a template; the digest covers the unit's text, but for what it says of the configuration."""
    sheet = Sheet(path.rpartition("/")[2], target.podman)
    text = fill(template, section=sheet.section, key=sheet.key, digest=_UNKNOWN_DIGEST, **values)
    digest = _digest_of(*(line for line in text.splitlines() if CONFIG_LABEL not in line))
    entries = tuple(_with_digest(entry, digest) for entry in sheet.entries)
    return WrittenUnit(
        file=TextFile(path=path, text=text.replace(_UNKNOWN_DIGEST, digest)),
        unit=Unit(sheet.name, entries),
        digest=digest,
        config="",
        problems=tuple(sheet.problems),
    )


def _digest_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[: len(_UNKNOWN_DIGEST)]


def _with_digest(entry: Entry, digest: str) -> Entry:
    if entry.key == "Label" and entry.value == (DIGEST_LABEL, _UNKNOWN_DIGEST):
        return replace(entry, value=(DIGEST_LABEL, digest))
    return entry
