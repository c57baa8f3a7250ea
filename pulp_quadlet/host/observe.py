"""What is there and what runs of a site: all that a plan is made of. Reads only, and loads little.

Podman is asked over one connection and systemd over another, at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import podman_api
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.policy.selinux import Selinux
from pulp_quadlet.model.deployment import PULP, BuiltImage, Deployment, PulledImage, Secret
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.host_state import ContainerState, HostState, SecretState, UnitState
from pulp_quadlet.model.image_names import fit_name, kept_name
from pulp_quadlet.model.tree import Tree, unit_name

# Podman locks its storage while it pulls or builds for somebody else
PATIENCE = 60.0


class Systemd(Protocol):
    """What an observation needs of systemd."""

    async def states(self, units: tuple[str, ...]) -> dict[str, UnitState]:
        """The states of units, also of those that systemd does not know."""
        ...

    async def start(self, units: tuple[str, ...]) -> None:
        """Start units."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What Podman has."""

    images: dict[str, str]
    unseen: frozenset[str]
    secrets: dict[str, SecretState]
    containers: dict[str, ContainerState]


class Observer:
    """Looks at what a plan has to know, below a root that is `/` on a real host."""

    def __init__(self, systemd: Systemd, root: Path = Path("/"), podman: str = podman_api.SOCKET) -> None:
        self._systemd = systemd
        self._files = Files(root)
        self._generations = Generations(root)
        self._selinux = Selinux(root)
        self._podman = podman

    async def observe(self, wanted: Generation) -> HostState:
        """The state of the host, as far as this generation is concerned. Raises HostError."""
        deployment, tree, site = wanted.deployment, wanted.tree, wanted.site
        current = self._generations.current(site)
        applied = self._generations.read(site, current)
        files = self._generations.files(site)
        altered = applied.altered(files)
        stored, units = await asyncio.gather(self._stored(deployment), self._systemd.states(_units(tree, files)))
        return HostState(
            generation=current,
            good=self._generations.good(site),
            altered=altered,
            altered_at=self._generations.altered_at(site, altered),
            digests=dict(applied.tree.digests),
            unreadable=self._files.unreadable(deployment.secrets),
            files=files,
            links=self._files.links(tree),
            images=stored.images,
            unseen=stored.unseen,
            secrets=stored.secrets,
            containers=stored.containers,
            units=units,
            runs=self._files.runs(site),
            directories=self._files.directories(deployment.directories),
            policies=self._selinux.policies(),
            labels=self._selinux.labels(deployment.policy.roots if deployment.policy else ()),
            confined=self._selinux.confined(),
        )

    async def _stored(self, deployment: Deployment) -> _Stored:
        def ask() -> _Stored:
            with podman_api.connected(self._podman, PATIENCE) as reader:
                return _stored(reader, deployment)

        try:
            return await asyncio.to_thread(ask)
        except HostError:  # its socket is not there, or it was shut down for being idle in this very moment
            await self._systemd.start(("podman.socket",))
        return await asyncio.to_thread(ask)


def _stored(reader: podman_api.PodmanApi, deployment: Deployment) -> _Stored:
    images = reader.images(tuple(image.reference for image in deployment.images))
    nameless = dict(_nameless(reader, deployment, images))
    return _Stored(
        images={**images, **nameless},
        unseen=frozenset((*_unseen(reader, deployment, images), *nameless)),
        secrets=dict(_secrets(reader, deployment.secrets)),
        containers=dict(_containers(reader, deployment.site)),
    )


def _unseen(reader: podman_api.PodmanApi, deployment: Deployment, images: dict[str, str]) -> Iterator[str]:
    for image in deployment.images:
        if isinstance(image, PulledImage) and image.role in PULP and image.reference in images:
            main = images.get(image.main or "", "")
            name = fit_name(images[image.reference], main)
            if (image.main and not main) or not reader.images((name,)):
                yield image.reference


def _nameless(
    reader: podman_api.PodmanApi, deployment: Deployment, images: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """What was built here, and whose name somebody took away: it is there by its second one."""
    for image in deployment.images:
        if isinstance(image, BuiltImage) and image.reference not in images:
            kept = kept_name(image)
            yield from ((image.reference, found) for found in reader.images((kept,)).values())


def _containers(reader: podman_api.PodmanApi, site: str) -> Iterator[tuple[str, ContainerState]]:
    for container in reader.containers(site):
        if container.state == "running":
            check = None if container.health == "healthy" else reader.last_check(container.id)
            yield container.name, container.as_state(check.output if check else "")


def _secrets(reader: podman_api.PodmanApi, wanted: tuple[Secret, ...]) -> Iterator[tuple[str, SecretState]]:
    """Those that exist, and whether the files that they were copied from hold something else by now."""
    written = reader.secrets()
    for secret in wanted:
        if secret.name in written:
            stale = secret.file is not None and _is_stale(reader, secret.name, Path(secret.file))
            yield secret.name, SecretState(updated=written[secret.name], stale=stale)


def _is_stale(reader: podman_api.PodmanApi, name: str, file: Path) -> bool:
    """Whether the file holds something else by now; one that cannot be read is told elsewhere."""
    try:
        return reader.secret_bytes(name) != file.read_bytes()
    except OSError:
        return False


def _units(tree: Tree, files: dict[str, str]) -> tuple[str, ...]:
    """The units of the tree, and those of the generation that is applied."""
    installed = (unit_name(path) for path in files)
    return tuple(dict.fromkeys((*tree.unit_names, *(name for name in installed if name))))
