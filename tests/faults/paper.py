"""A machine of paper: real generations in a folder, and all else in a world of dictionaries.

It lives on when the program that changes it dies, as a host does: what systemd was asked for is still done.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pulp_quadlet.changing.drain import RunningTask
from pulp_quadlet.errors import HostError
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.model.deployment import Deployment, Image, Secret
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.generation import Generation, PastGeneration, Transaction
from pulp_quadlet.model.host_state import ContainerState, HostState, SecretState, UnitState
from pulp_quadlet.model.migration import DatabaseFacts, Survey
from pulp_quadlet.model.policy import PolicyModule
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Link, Tree
from pulp_quadlet.model.verdict import Observations
from pulp_quadlet.paths import is_below
from pulp_quadlet.planning.labels import file_contexts, types
from tests.fake_host import LISTINGS, UP
from tests.faults.engine import Engine, level_of
from tests.faults.world import SITE, World
from tests.sites import TARGET

FORMER = ".former"
BELOW = "/*"
_PATIENCE = 3  # looks at a sick site, after which a test has failed: nothing changes here while one waits
_DATABASE = DatabaseFacts(host="pulp-postgres", port="5432", name="pulp", user="pulp", size=15_000_000)


class PaperMachine(Engine):
    """The Host protocol over a folder and a world."""

    def __init__(self, root: Path, world: World | None = None) -> None:
        super().__init__(world or World(), Generations(root))
        self.root = root
        self._files = Files(root)
        self._sick = 0

    def copy(self, root: Path) -> PaperMachine:
        """The same machine once more."""
        shutil.copytree(self.root, root, symlinks=True, copy_function=_share)
        other = PaperMachine(root, self.world.twin())
        other.pending = self.pending
        return other

    # --- what is there --------------------------------------------------------------------------------------------

    async def target(self, host: str | None) -> Target:
        return TARGET

    async def generate(self, tree: Tree) -> Generated | None:
        return None

    async def observe(self, wanted: Generation) -> HostState:
        current = self.generations.current(SITE)
        applied, world = self.generations.read(SITE, current), self.world
        files = self.generations.files(SITE)
        units = dict.fromkeys(world.units, UP)
        waiting = {"start": UnitState(load="loaded", active="activating", sub="start")}
        away = UnitState(load="loaded", active="deactivating", sub="stop-sigterm")
        units |= {unit: waiting.get(verb, away) for verb, unit, _ in world.jobs}
        late = applied.tree.files != world.loaded.tree.files
        seen = HostState(
            generation=current,
            good=self.generations.good(SITE),
            altered=applied.altered(files),
            digests=dict(applied.tree.digests),
            files=files,
            links=self._files.links(wanted.tree),
            images=dict(world.images),
            secrets={secret.name: state for secret in wanted.deployment.secrets if (state := self._secret(secret))},
            containers={name: each.state for name, each in world.containers.items()},
            units={name: replace(unit, needs_reload=late) for name, unit in units.items()},
            runs=self._files.runs(SITE),
            directories=frozenset(world.directories),
            policies=None if world.policies is None else dict(world.policies),
            labels={path: label for path, label in world.labels.items() if not path.endswith(BELOW)},
        )
        self.do_jobs()  # systemd does not wait for who looks
        return seen

    def _secret(self, secret: Secret) -> SecretState | None:
        if secret.name not in self.world.secrets:
            return None
        content, updated = self.world.secrets[secret.name]
        return SecretState(updated=updated, stale=bool(secret.file) and self.world.files[secret.file or ""] != content)

    async def look(self, deployment: Deployment) -> Observations:
        up = [each for each in deployment.services if f"{each.name}.service" in self.world.units]
        listings: dict[str, list[dict[str, str]]] = {name: [] for name in LISTINGS.values()}
        for each in up:
            if each.role in LISTINGS:
                now = datetime.fromtimestamp(self.world.clock, UTC).isoformat()
                listings[LISTINGS[each.role]].append({"name": f"1@{each.hostname or each.name}", "last_heartbeat": now})
        self._sick = self._sick + 1 if len(up) < len(deployment.services) else 0
        assert self._sick < _PATIENCE, f"of {len(deployment.services)} services {len(up)} run"
        return Observations(
            units={f"{each.name}.service": UP for each in up},
            containers={each.name: ContainerState(image="", health="healthy") for each in up},
            status={"database_connection": {"connected": True}, "redis_connection": {"connected": True}, **listings},
            now=self.world.clock,
        )

    async def survey(self, wanted: Generation) -> Survey:
        level = level_of(wanted)
        assert "pulp-postgres.service" in self.world.units
        pending = self.pending if self.world.database != level else ()
        return Survey(versions=(), first=False, pending=pending, ahead=(), processes=(), database=_DATABASE)

    async def tasks(self, worker: Service) -> tuple[RunningTask, ...]:
        return ()

    # --- what steps do --------------------------------------------------------------------------------------------

    async def describe_images(self, images: tuple[Image, ...]) -> None:
        """A bill of materials is no part of what runs; whoever dies while it is written, has left an image."""
        self.point("when the images are there")

    async def provide_image(self, image: Image) -> None:
        self.point("while the image is built")
        self.world.images[image.reference] = f"id-of-{image.reference}"

    async def provide_secret(self, secret: Secret) -> None:
        found = self.world.secrets.get(secret.name)
        if found is not None:
            self._write_secret(secret.name + FORMER, found[0])
            self.point("between the former bytes of a secret and its new ones")
        self._write_secret(secret.name, self.world.files[secret.file] if secret.file else b"made up")

    async def switch(
        self, site: str, expected: int, number: int, links: tuple[Link, ...], obsolete: tuple[str, ...]
    ) -> None:
        self.generations.switch(site, expected, number, links, obsolete)

    async def make_directories(self, site: str) -> None:
        current = self.generations.read(SITE, self.generations.current(SITE))
        self.world.directories |= {each.path: True for each in current.deployment.directories}

    async def load_policy(self, modules: tuple[PolicyModule, ...]) -> None:
        assert self.world.policies is not None
        self.world.policies |= {module.name: module.text for module in modules}

    async def remove_policy(self, names: tuple[str, ...]) -> None:
        assert self.world.policies is not None
        assert not self.labelled(names), "a process whose type is gone may do nothing any more"
        self.world.policies = {name: text for name, text in self.world.policies.items() if name not in names}

    async def relabel(self, paths: tuple[str, ...], spared: tuple[str, ...]) -> None:
        known = types(file_contexts((self.world.policies or {}).values()))
        found = {path for path in (*known, *self.world.labels, *paths) if not path.endswith(BELOW)}
        for path in sorted(path for path in found if is_below(path, paths) and not is_below(path, spared)):
            self.world.labels[path] = known.get(path, "default_t")
            self.point("between a folder and all that is in it")
            self.world.labels[path + BELOW] = known.get(path, "default_t")

    async def reload_units(self) -> None:
        self.world.loaded = self.generations.read(SITE, self.generations.current(SITE))

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        self.world.jobs.append((verb, unit, alone))
        await self._while_systemd_does_it()

    async def start_units(self, units: tuple[str, ...]) -> None:
        self.world.jobs += [("start", unit, True) for unit in units]
        await self._while_systemd_does_it()

    async def _while_systemd_does_it(self) -> None:
        try:
            self.point("while systemd does it")
        except HostError:
            self.world.jobs.clear()
            raise
        self.do_jobs()

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        self._files.remember_run(site, unit, mark)

    async def await_gone(self, wanted: Generation) -> None:
        assert not self.processes()

    async def dump_database(self, wanted: Generation) -> str:
        self.point("while the database is dumped")
        path = f"/dump-of-{self.generations.good(SITE)}"
        self.world.dumps[path] = self.world.database
        return path

    async def remove_plugin(self, applied: Generation, package: str) -> None:
        assert not self.processes()
        assert self.world.database == level_of(applied)
        self.world.database = "half removed"
        self.point("while the data of a plugin is removed")
        self.world.database = f"without {package}"

    async def settle_database(self, generation: Generation) -> None:
        """What a killed dump leaves running is not a thing of paper."""

    async def restore_database(self, generation: Generation, dump: str) -> None:
        assert not self.processes()
        self.start("pulp-postgres.service")
        self.world.database = "half restored"
        self.point("while the database is restored")
        self.world.database = self.world.dumps[dump]

    # --- uninstalling ---------------------------------------------------------------------------------------------

    async def kept_generations(self, site: str) -> dict[int, Generation]:
        return self.generations.kept(site)

    async def sites(self) -> tuple[str, ...]:
        return self.generations.sites()

    async def current(self, site: str) -> int:
        return self.generations.current(site)

    async def present(self, paths: tuple[str, ...]) -> frozenset[str]:
        return frozenset(path for path in paths if path in self.world.directories or self._below(path).exists())

    async def remove_networks(self, names: tuple[str, ...]) -> None:
        assert not self.world.containers

    async def remove_images(self, references: tuple[str, ...]) -> None:
        for reference in references:
            self.world.images.pop(reference, None)
            self.point("between two images that are removed")

    async def remove_folders(self, paths: tuple[str, ...]) -> None:
        assert not self.world.containers
        for path in paths:
            self.world.directories.pop(path, None)
            for place in (self._below(path) / "generations/1", self._below(path) / "generations", self._below(path)):
                shutil.rmtree(place, ignore_errors=True)
                self.point("between two folders in one that is removed")
            self.point("between two folders that are removed")

    async def unload_later(self) -> bool:
        return False

    def _below(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    # --- generations, and the change that is under way ------------------------------------------------------------

    async def stage(self, generation: Generation) -> int:
        return self.generations.stage(generation)

    async def restage(self, site: str, number: int) -> None:
        self.generations.restage(site, number)

    async def read(self, site: str, number: int) -> Generation:
        return self.generations.read(site, number)

    async def history(self, site: str) -> tuple[PastGeneration, ...]:
        return self.generations.history(site)

    async def transaction(self, site: str) -> Transaction | None:
        return self.generations.transaction(site)

    async def begin(self, transaction: Transaction) -> None:
        self.generations.begin(transaction)

    async def good(self, site: str) -> int:
        return self.generations.good(site)

    async def commit(self, site: str, number: int, dump: str = "") -> None:
        self.generations.commit(site, number, dump)

    async def prune(self) -> None:
        self.point("while images are pruned")

    async def end(self, site: str) -> None:
        opened = self.generations.transaction(site)
        for name in opened.replaced_secrets if opened else ():
            if self.world.secrets.pop(name + FORMER, None):
                self.point("between two secrets that are forgotten")
        self.generations.end(site)
        self.generations.prune(site)

    async def restore_secrets(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name + FORMER in self.world.secrets:
                self._write_secret(name, self.world.secrets[name + FORMER][0])
                self.point("between two secrets that are restored")

    def _write_secret(self, name: str, content: bytes) -> None:
        self.world.clock += 1
        self.world.secrets[name] = (content, self.world.clock)


def _share(source: str, copy: str) -> None:
    """Nothing ever writes into a file that is in its place, so that two machines can have it. One that is still to get
    there is begun anew by the next process.
    """
    if Path(source).name.startswith("."):
        shutil.copy2(source, copy)
    else:
        os.link(source, copy)
