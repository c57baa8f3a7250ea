"""A machine of paper: real generations in a folder, and systemd, Podman and PostgreSQL as dictionaries.

It lives on when the program that changes it dies, as a host does: what systemd was asked for is still done.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pulp_quadlet.changing.drain import RunningTask
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.model.deployment import Deployment, Image, Secret
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.generation import Generation, PastGeneration, Transaction, nothing
from pulp_quadlet.model.host_state import ContainerState, HostState, SecretState, UnitState
from pulp_quadlet.model.migration import DatabaseFacts, PendingMigration, Survey
from pulp_quadlet.model.policy import PolicyModule
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Link, Tree
from pulp_quadlet.model.verdict import Observations
from pulp_quadlet.paths import is_below
from pulp_quadlet.planning.labels import file_contexts, types
from tests.fake_host import LISTINGS, UP
from tests.sites import TARGET

SITE = "pulp"
FORMER = ".former"
BELOW = "/*"
PROCESSES = {"api", "content", "worker"}
_PATIENCE = 3  # looks at a sick site, after which a test has failed: nothing changes here while one waits
_DATABASE = DatabaseFacts(host="pulp-postgres", port="5432", name="pulp", user="pulp", size=15_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What runs, and what it read."""

    state: ContainerState
    config: str
    """The digest of the configuration that it read last."""
    secrets: tuple[tuple[str, bytes], ...]


@dataclass(slots=True, kw_only=True)
class World:
    """All that outlives a process, but for the files."""

    units: dict[str, str] = field(default_factory=dict)
    """Those that systemd knows to be up, with the mark `active`."""
    containers: dict[str, Container] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """Files of secrets."""
    directories: dict[str, bool] = field(default_factory=dict)
    dumps: dict[str, str] = field(default_factory=dict)
    database: str = "empty"
    policies: dict[str, str] | None = None
    """Modules of SELinux; None on a host without it."""
    labels: dict[str, str] = field(default_factory=dict)
    """Of each path of the site, and of what is below it, by the path with `/*`."""
    clock: float = 1000.0
    loaded: Generation = field(default_factory=lambda: nothing(SITE))
    """What systemd read at its last reload."""
    jobs: list[tuple[str, str, bool]] = field(default_factory=list)
    """What systemd was asked for and has not done: a verb, a unit, and whether it alone."""

    def twin(self) -> Self:
        """Another one, which goes its own way."""
        other: Self = copy(self)
        for each in fields(self):
            setattr(other, each.name, copy(getattr(self, each.name)))  # the values in them are frozen
        return other


class PaperMachine:
    """The Host protocol over a folder and a world. `point` is called wherever a process could end in between."""

    def __init__(self, root: Path, world: World | None = None) -> None:
        self.root = root
        self.world = world or World()
        self.point: Callable[[str], None] = lambda _where: None
        self.pending: tuple[PendingMigration, ...] = ()
        """What another image than the first would do to the database."""
        self.generations = Generations(root)
        self._files = Files(root)
        self._sick = 0

    def copy(self, root: Path) -> PaperMachine:
        """The same machine once more. Files are shared, since nothing ever writes into one that is there."""
        shutil.copytree(self.root, root, symlinks=True, copy_function=os.link)
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
        units = dict.fromkeys(world.units, UP)
        waiting = {"start": UnitState(load="loaded", active="activating", sub="start")}
        away = UnitState(load="loaded", active="deactivating", sub="stop-sigterm")
        units |= {unit: waiting.get(verb, away) for verb, unit, _ in world.jobs}
        late = applied.tree.files != world.loaded.tree.files
        seen = HostState(
            generation=current,
            good=self.generations.good(SITE),
            altered=self.generations.altered(SITE),
            digests=dict(applied.tree.digests),
            files=self.generations.files(SITE),
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
        level = _level(wanted)
        assert "pulp-postgres.service" in self.world.units
        pending = self.pending if self.world.database != level else ()
        return Survey(versions=(), first=False, pending=pending, ahead=(), processes=(), database=_DATABASE)

    async def tasks(self, worker: Service) -> tuple[RunningTask, ...]:
        return ()

    # --- what steps do --------------------------------------------------------------------------------------------

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
        assert not self._labelled(names), "a process whose type is gone may do nothing any more"
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
        assert not self._processes()

    async def dump_database(self, wanted: Generation) -> str:
        self.point("while the database is dumped")
        path = f"/dump-of-{self.generations.good(SITE)}"
        self.world.dumps[path] = self.world.database
        return path

    async def settle_database(self, generation: Generation) -> None:
        """What a killed dump leaves running is not a thing of paper."""

    async def restore_database(self, generation: Generation, dump: str) -> None:
        assert not self._processes()
        self._start("pulp-postgres.service")
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

    # --- systemd and Podman ---------------------------------------------------------------------------------------

    def _write_secret(self, name: str, content: bytes) -> None:
        self.world.clock += 1
        self.world.secrets[name] = (content, self.world.clock)

    def do_jobs(self) -> None:
        """What systemd was asked for, it does, whoever is there to see it."""
        jobs, self.world.jobs = self.world.jobs, []
        for verb, unit, alone in jobs:
            users = () if alone or unit.endswith(".socket") else self._users(unit.removesuffix(".service"))
            if verb == "reload":
                self._reload(unit.removesuffix(".service"))
            if verb in {"stop", "restart"}:
                for each in (unit, *(user for user in users if user in self.world.units)):
                    self.world.units.pop(each, None)
                    self.world.containers.pop(each.removesuffix(".service"), None)
            if verb in {"start", "restart"}:
                self._start(unit)
            if verb == "restart":
                for user in users:
                    self._start(user)

    def _start(self, unit: str) -> None:
        if unit in self.world.units:
            return
        if unit not in {*self.world.loaded.tree.unit_names, f"{SITE}.target"}:
            raise HostError(Problem(code="unit-failed", message=f"{unit} is not loaded"))
        service = next((each for each in self._services() if f"{each.name}.service" == unit), None)
        for name in service.requires if service else ():
            self._start(f"{name}.service")
        self.world.units[unit] = "active"
        if service is not None:
            self._run(service)

    def _run(self, service: Service) -> None:
        if service.role == "migrate":
            self._migrate()
        if service.once:
            return
        self.world.clock += 1
        name, tree = service.name, self.world.loaded.tree
        labelled = dict(tree.configs)[name]
        state = ContainerState(
            image=self.world.images[service.image],
            digest=dict(tree.digests)[f"{name}.container"],
            config=labelled,
            id=f"{name}-{self.world.clock:.0f}",
            created=self.world.clock,
            health="healthy",
        )
        used = tuple((use.secret, self.world.secrets[use.secret][0]) for use in service.secrets)
        self.world.containers[name] = Container(state=state, config=self._config(name), secrets=used)

    def _migrate(self) -> None:
        level = _level(self.world.loaded)
        if self.world.database != level:
            if any(each.removes for each in self.pending):
                self.world.database = "half migrated"
            self.point("while the database is migrated")
            self.world.database = level

    def _reload(self, name: str) -> None:
        self.world.containers[name] = replace(self.world.containers[name], config=self._config(name))

    def _config(self, name: str) -> str:
        """What a process reads is below `current`, whatever systemd has loaded."""
        return dict(self.generations.read(SITE, self.generations.current(SITE)).tree.configs)[name]

    def _services(self) -> tuple[Service, ...]:
        return self.world.loaded.deployment.services

    def _users(self, name: str) -> list[str]:
        found: list[str] = []
        for each in self._services():
            if {name, *found} & {*each.requires}:
                found.append(each.name)
        return [f"{user}.service" for user in found]

    def _labelled(self, names: tuple[str, ...]) -> list[str]:
        """Containers that run with types of these modules."""
        policy = self.world.loaded.deployment.policy
        own = policy is not None and any(module.name in names for module in policy.modules)
        return list(self.world.containers) if own else []

    def _processes(self) -> list[str]:
        roles: dict[str, Any] = {each.name: each.role for each in self._services()}
        return [name for name in self.world.containers if roles.get(name) in PROCESSES]


def _level(generation: Generation) -> str:
    """The database as this image wants it."""
    return next(each.image for each in generation.deployment.services if each.role == "migrate")
