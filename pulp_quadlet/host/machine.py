"""The real host, made of its doors."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generator import generate
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.podman import Podman
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.host.target import this_host
from pulp_quadlet.model.deployment import Deployment, Image, Secret
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.model.verdict import Observations


class Machine:
    """This machine, with systemd and the Podman of root. `listener` hears the output of long programs, line by line."""

    def __init__(self, root: Path = Path("/"), listener: command.Listener = lambda _line: None) -> None:
        self._files = Files(root)
        self._systemd = Systemd()
        self._podman = Podman()
        self._looker = Looker(self._systemd, root)
        self._listener = listener

    async def target(self, host: str | None) -> Target:
        return await asyncio.to_thread(this_host, host)

    async def observe(self, deployment: Deployment, tree: Tree) -> HostState:
        await self._ready()
        files = self._files.applied(tree.site)
        return HostState(
            generation=self._files.generation(tree.site),
            unreadable=self._files.unreadable(deployment.secrets),
            files=files,
            links=self._files.links(tree),
            images=await self._podman.images(tuple(image.reference for image in deployment.images)),
            secrets=await self._podman.secrets(deployment.secrets),
            containers=await self._podman.containers(tree.site),
            units=await self._systemd.states(_units(tree, files)),
            runs=self._files.runs(tree.site),
            directories=self._files.directories(deployment.directories),
        )

    async def generate(self, tree: Tree) -> Generated | None:
        return await asyncio.to_thread(generate, tree)

    async def _ready(self) -> None:
        """Podman's API is there, and we may use it."""
        _need_root()
        await self._systemd.start(("podman.socket",))

    async def look(self, deployment: Deployment) -> Observations:
        """Systemd, Podman, the kernel, the web server and Pulp, each asked in its own way."""
        _need_root()
        return await self._looker.look(deployment)

    async def provide_image(self, image: Image) -> None:
        await self._podman.provide_image(image, self._listener)

    async def provide_secret(self, secret: Secret) -> None:
        await self._podman.provide_secret(secret)

    async def install(self, tree: Tree, expected: str, obsolete: tuple[str, ...]) -> None:
        self._files.install(tree, expected, obsolete)

    async def make_directories(self, site: str) -> None:
        await command.follow(
            ("systemd-tmpfiles", "--create", f"/etc/tmpfiles.d/pulp-quadlet-{site}.conf"), self._listener
        )

    async def reload_units(self) -> None:
        await self._systemd.reload()

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        # "ignore-dependencies" keeps those running that require the unit: a migration runs beside the old processes
        await self._systemd.change(verb, unit, "ignore-dependencies" if alone and verb == "restart" else "replace")

    async def start_units(self, units: tuple[str, ...]) -> None:
        await self._systemd.start(units)

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        self._files.remember_run(site, unit, mark)


def _need_root() -> None:
    if os.geteuid() != 0:
        raise HostError(Problem(code="not-root", message="this needs root", help=("run it again with sudo",)))


def _units(tree: Tree, files: dict[str, str]) -> tuple[str, ...]:
    """The units of the tree, and those of the generation that is applied."""
    wanted = [unit.service for unit in tree.units]
    for path in files:
        folder, _, name = path.rpartition("/")
        if folder == "systemd":
            wanted.append(name)
        elif folder == "quadlet" and name.endswith(".container"):
            wanted.append(f"{name.removesuffix('.container')}.service")
    return tuple(dict.fromkeys(wanted))
