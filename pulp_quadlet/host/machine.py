"""The real host, made of its doors."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pulp_quadlet.changing.drain import RunningTask
from pulp_quadlet.host import command, database, plugin_data, removal, tasks
from pulp_quadlet.host import survey as surveys
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.generator import generate
from pulp_quadlet.host.images import pruning
from pulp_quadlet.host.images.bills import Bills
from pulp_quadlet.host.images.providing import provide
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.observe import Observer
from pulp_quadlet.host.outside import outside
from pulp_quadlet.host.packages import checkouts, lock_file, solver
from pulp_quadlet.host.podman import Podman
from pulp_quadlet.host.policy.selinux import Selinux
from pulp_quadlet.host.root import need_root
from pulp_quadlet.host.seen import Seen
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.host.target import this_host
from pulp_quadlet.locking.question import Question
from pulp_quadlet.model.deployment import BuiltImage, Deployment, Image, Secret
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.generation import Generation, PastGeneration, Transaction
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.lock import Checkout
from pulp_quadlet.model.migration import Survey
from pulp_quadlet.model.policy import BASE, PolicyModule
from pulp_quadlet.model.service import Role, Service
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Link, Tree
from pulp_quadlet.model.verdict import Observations
from pulp_quadlet.paths import WHEELHOUSE


class Machine:
    """This machine, with systemd and the Podman of root. `listener` hears the output of long programs, line by line."""

    def __init__(
        self,
        root: Path = Path("/"),
        listener: command.Listener = lambda _line: None,
        wheels: Path = Path(WHEELHOUSE),
    ) -> None:
        self._root = root
        self._wheels = wheels
        self._files = Files(root)
        self._generations = Generations(root)
        self._seen = Seen(root)
        self._systemd = Systemd()
        self._podman = Podman()
        self._selinux = Selinux(root)
        self._looker = Looker(self._systemd, root)
        self._observer = Observer(self._systemd, root)
        self._listener = listener

    # --- what is there --------------------------------------------------------------------------------------------

    async def target(self, host: str | None) -> Target:
        return await asyncio.to_thread(this_host, host)

    async def observe(self, wanted: Generation) -> HostState:
        need_root()
        return await self._observer.observe(wanted)

    async def generate(self, tree: Tree) -> Generated | None:
        return await asyncio.to_thread(generate, tree)

    async def look(self, deployment: Deployment) -> Observations:
        """Systemd, Podman, the kernel, the web server and Pulp, each asked in its own way."""
        need_root()
        return await self._looker.look(deployment)

    async def survey(self, wanted: Generation) -> Survey:
        migrate = surveys.with_known(_only(wanted.deployment, "migrate"), await self._podman.secrets())
        config = (file for file in wanted.tree.files if file.path.startswith("config/pulp/"))
        return await surveys.survey(wanted.site, migrate, config)

    async def tasks(self, worker: Service) -> tuple[RunningTask, ...]:
        return await tasks.running(worker)

    # --- which packages -------------------------------------------------------------------------------------------

    async def solve(self, image: BuiltImage, asked: Question) -> Mapping[str, Any]:
        need_root()
        return await solver.solve(image, asked, self._listener, self._wheels)

    async def checkouts(self, folders: tuple[str, ...]) -> Mapping[str, Checkout]:
        return {folder: await asyncio.to_thread(checkouts.look, Path(folder)) for folder in folders}

    async def write_lock(self, path: str, text: str) -> None:
        await lock_file.write_lock(Path(path), text)

    # --- what steps do --------------------------------------------------------------------------------------------

    async def provide_image(self, image: Image) -> None:
        await provide(image, self._listener, self._wheels)

    async def describe_images(self, images: tuple[Image, ...]) -> None:
        await Bills(self._root).make(images)

    async def provide_secret(self, secret: Secret) -> None:
        await self._podman.provide_secret(secret)

    async def switch(
        self, site: str, expected: int, number: int, links: tuple[Link, ...], obsolete: tuple[str, ...]
    ) -> None:
        self._generations.switch(site, expected, number, links, obsolete)

    async def make_directories(self, site: str) -> None:
        configuration = f"/etc/tmpfiles.d/pulp-quadlet-{site}.conf"
        await command.follow(outside(("systemd-tmpfiles", "--create", configuration)), self._listener)

    async def load_policy(self, modules: tuple[PolicyModule, ...]) -> None:
        await self._selinux.load(modules)

    async def remove_policy(self, names: tuple[str, ...]) -> None:
        await self._selinux.remove(names)

    async def relabel(self, paths: tuple[str, ...], spared: tuple[str, ...]) -> None:
        await self._selinux.relabel(paths, spared, self._listener)

    async def reload_units(self) -> None:
        await self._systemd.reload()

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        # "ignore-dependencies" keeps those running that require the unit: a migration runs beside the old processes
        await self._systemd.change(verb, unit, "ignore-dependencies" if alone and verb == "restart" else "replace")

    async def start_units(self, units: tuple[str, ...]) -> None:
        # A target is up when what it wants was started, which it just was. At boot it may have to come after the very
        # unit that waits for this: see pulp-quadlet-apply.service.
        targets = tuple(unit for unit in units if unit.endswith(".target"))
        await self._systemd.start(tuple(unit for unit in units if unit not in targets))
        await self._systemd.start(targets, "ignore-dependencies")

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        self._files.remember_run(site, unit, mark)

    async def await_gone(self, wanted: Generation) -> None:
        await surveys.gone(lambda: self.survey(wanted))

    async def dump_database(self, wanted: Generation) -> str:
        number = self._generations.good(wanted.site)
        return str(await database.dump(wanted.site, _only(wanted.deployment, "database"), str(number)))

    async def remove_plugin(self, applied: Generation, package: str) -> None:
        await plugin_data.remove(applied, package)

    # --- uninstalling ---------------------------------------------------------------------------------------------

    async def kept_generations(self, site: str) -> dict[int, Generation]:
        return self._generations.kept(site)

    async def present(self, paths: tuple[str, ...]) -> frozenset[str]:
        return frozenset(path for path in paths if os.path.lexists(self._root / path.lstrip("/")))

    async def remove_networks(self, names: tuple[str, ...]) -> None:
        await removal.networks(names)

    async def remove_images(self, references: tuple[str, ...]) -> None:
        await removal.images(references)
        await Bills(self._root).forget_gone(references)

    async def remove_folders(self, paths: tuple[str, ...]) -> None:
        await removal.folders(paths, self._root)

    async def unload_later(self) -> bool:
        ours = self._selinux.policies() or {}
        due = list(ours) == [BASE] and self._selinux.confined()
        if due:
            await removal.unload_later()
        return due

    # --- generations, and the change that is under way ------------------------------------------------------------

    async def stage(self, generation: Generation) -> int:
        return self._generations.stage(generation)

    async def restage(self, site: str, number: int) -> None:
        self._generations.restage(site, number)

    async def read(self, site: str, number: int) -> Generation:
        return self._generations.read(site, number)

    def locked(self, site: str) -> AbstractContextManager[None]:
        return self._generations.locked(site)

    async def sites(self) -> tuple[str, ...]:
        return self._generations.sites()

    async def current(self, site: str) -> int:
        return self._generations.current(site)

    async def history(self, site: str) -> tuple[PastGeneration, ...]:
        return self._generations.history(site)

    async def remember_site_file(self, file: str, text: str) -> None:
        self._seen.remember(file, text)

    async def transaction(self, site: str) -> Transaction | None:
        return self._generations.transaction(site)

    async def begin(self, transaction: Transaction) -> None:
        self._generations.begin(transaction)

    async def good(self, site: str) -> int:
        return self._generations.good(site)

    async def commit(self, site: str, number: int, dump: str = "") -> None:
        self._generations.commit(site, number, dump)

    async def end(self, site: str) -> None:
        opened = self._generations.transaction(site)
        if opened:
            await self._podman.forget_secrets(opened.replaced_secrets)
        self._generations.end(site)
        self._generations.prune(site)

    async def prune(self) -> None:
        found = await pruning.find(self._generations, self._wheels)
        await pruning.remove(found, self._wheels)
        await Bills(self._root).forget_gone(found.images)

    async def restore_secrets(self, names: tuple[str, ...]) -> None:
        await self._podman.restore_secrets(names)

    async def restore_database(self, generation: Generation, dump: str) -> None:
        postgres = _only(generation.deployment, "database")
        await self._systemd.start((f"{postgres.name}.service",))
        await database.restore(postgres, Path(dump))

    async def settle_database(self, generation: Generation) -> None:
        postgres = next((each for each in generation.deployment.services if each.role == "database"), None)
        if postgres is None:
            return
        unit = f"{postgres.name}.service"
        if (await self._systemd.states((unit,)))[unit].active == "active":
            await database.settle(postgres)


def _only(deployment: Deployment, role: Role) -> Service:
    return next(service for service in deployment.services if service.role == role)
