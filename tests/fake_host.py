"""A host made of dictionaries: it does what steps say, remembers it, and can be told to fail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pulp_quadlet.changing.drain import RunningTask
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.locking.asked import plugin_at
from pulp_quadlet.locking.question import Question
from pulp_quadlet.model.deployment import BuiltImage, Deployment, Image, Secret
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.generation import Generation, PastGeneration, Transaction, nothing
from pulp_quadlet.model.host_state import ContainerState, HostState, SecretState, UnitState
from pulp_quadlet.model.lock import Checkout
from pulp_quadlet.model.migration import Survey
from pulp_quadlet.model.policy import PolicyModule
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.steps import Step
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Link, Tree
from pulp_quadlet.model.verdict import Observations
from pulp_quadlet.paths import is_below
from pulp_quadlet.planning.labels import file_contexts, types
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.fake_index import Index

LISTINGS = {"api": "online_api_apps", "content": "online_content_apps", "worker": "online_workers"}
UP = UnitState(load="loaded", active="active", sub="running", result="success")


@dataclass
class Heard:
    """Hears how far a change is, and keeps the sentences."""

    said: list[str] = field(default_factory=list)

    def step(self, number: int, count: int, step: Step) -> None:
        """Steps are known from what the host did."""

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@dataclass
class FakeHost:
    """Behaves like a host on which every step succeeds, but for those whose title is in `broken`."""

    state: HostState = field(default_factory=HostState)
    broken: set[str] = field(default_factory=set)
    broken_once: set[str] = field(default_factory=set)
    broken_later: set[str] = field(default_factory=set)
    """What fails only while the host goes back."""
    slow: set[str] = field(default_factory=set)
    """What never ends by itself."""
    secrets_of_a_person: set[str] = field(default_factory=set)
    """Secrets that only a person could give, and has given."""
    sick: set[str] = field(default_factory=set)
    """Services that run and are not well."""
    did: list[str] = field(default_factory=list)
    clock: float = 1000.0
    tree: Tree | None = None
    deployment: Deployment | None = None
    observations: Observations | None = None
    generations: list[Generation] = field(default_factory=list)
    opened: Transaction | None = None
    found: Survey | None = None
    seen: dict[str, str] = field(default_factory=dict)
    """Texts of site files that a boot does nothing about, by path."""
    past: tuple[PastGeneration, ...] = ()
    removed: set[str] = field(default_factory=set)
    """Paths."""
    pruned: int = 0
    """How often what nothing needs was removed."""
    index: Index = field(default_factory=Index)
    """What pip finds."""
    locks: dict[str, str] = field(default_factory=dict)
    """Lock files that were written, by path."""
    folders: dict[str, Checkout] = field(default_factory=dict)
    """Checkouts."""

    async def target(self, host: str | None) -> Target:
        return Target(podman=PodmanVersion(5, 4), host=host)

    async def observe(self, wanted: Generation) -> HostState:
        self.deployment = wanted.deployment
        given = {name: SecretState(updated=0.0) for name in self.secrets_of_a_person}
        return replace(self.state, secrets={**given, **self.state.secrets})

    async def generate(self, tree: Tree) -> Generated | None:
        return None

    async def look(self, deployment: Deployment) -> Observations:
        return self.observations or self._all_well(deployment)

    def _all_well(self, deployment: Deployment) -> Observations:
        """What a healthy site shows, of those units that run."""
        up = {each.name: each for each in deployment.services if self.state.unit(f"{each.name}.service").runs}
        listings: dict[str, list[dict[str, str]]] = {name: [] for name in LISTINGS.values()}
        now = datetime.fromtimestamp(self.clock, UTC).isoformat()
        for each in up.values():
            if each.role in LISTINGS:
                name = f"1@{each.hostname or each.name}"
                listings[LISTINGS[each.role]].append({"name": name, "last_heartbeat": now})
        return Observations(
            units={f"{name}.service": UP for name in up},
            containers={name: self._container(name) for name in up},
            status={"database_connection": {"connected": True}, "redis_connection": {"connected": True}, **listings},
            now=self.clock,
        )

    def _container(self, name: str) -> ContainerState:
        return ContainerState(image="", health="unhealthy" if name in self.sick else "healthy")

    async def provide_image(self, image: Image) -> None:
        self._do(f"image {image.role}")
        self._become(images={**self.state.images, image.reference: f"id-of-{image.reference}"})

    async def describe_images(self, images: tuple[Image, ...]) -> None:
        """Nothing is planned by it."""

    async def provide_secret(self, secret: Secret) -> None:
        self._do(f"secret {secret.name}")
        self._become(secrets={**self.state.secrets, secret.name: SecretState(updated=self.clock)})

    async def stage(self, generation: Generation) -> int:
        self._do("stage")
        self.generations.append(generation)
        return len(self.generations)

    async def restage(self, site: str, number: int) -> None:
        self._do(f"restage {number}")

    async def read(self, site: str, number: int) -> Generation:
        return self.generations[number - 1] if number else nothing(site)

    def locked(self, site: str) -> AbstractContextManager[None]:
        return nullcontext()

    async def sites(self) -> tuple[str, ...]:
        return ("pulp",)

    async def current(self, site: str) -> int:
        return self.state.generation

    async def history(self, site: str) -> tuple[PastGeneration, ...]:
        return self.past

    async def remember_site_file(self, file: str, text: str) -> None:
        self.seen[file] = text

    async def switch(
        self, site: str, expected: int, number: int, links: tuple[Link, ...], obsolete: tuple[str, ...]
    ) -> None:
        assert self.state.generation == expected
        self._do("switch" if number > expected else f"switch back to {number}")
        self.tree = (await self.read(site, number)).tree
        here: dict[str, str | None] = {link.path: link.text for link in links}
        files = {file.path: file.text for file in self.tree.files}
        self._become(files=files, links=here, generation=number, digests=dict(self.tree.digests))

    async def transaction(self, site: str) -> Transaction | None:
        return self.opened

    async def begin(self, transaction: Transaction) -> None:
        self._do("begin")
        self.opened = transaction

    async def good(self, site: str) -> int:
        return self.state.good

    async def commit(self, site: str, number: int, dump: str = "") -> None:
        self._do(f"commit {number}")
        self._become(good=number)

    async def end(self, site: str) -> None:
        self._do("end")
        self.opened = None

    async def prune(self) -> None:
        self.pruned += 1

    async def tasks(self, worker: Service) -> tuple[RunningTask, ...]:
        return ()

    async def restore_secrets(self, names: tuple[str, ...]) -> None:
        self._do("restore secrets")

    async def solve(self, image: BuiltImage, asked: Question) -> Mapping[str, Any]:
        self.index.asked.append(asked)
        mounts = image.packages.mounts if image.packages else ()
        found = {
            name: self.folders[source].digest
            for source, target in mounts
            if (name := plugin_at(target)) and source in self.folders
        }
        return self.index.answer(asked, found)

    async def checkouts(self, folders: tuple[str, ...]) -> Mapping[str, Checkout]:
        return {folder: self.folders.get(folder, Checkout(wrong="is not there")) for folder in folders}

    async def write_lock(self, path: str, text: str) -> None:
        self.locks[path] = text

    async def survey(self, wanted: Generation) -> Survey:
        assert self.found is not None
        return self.found

    async def await_gone(self, wanted: Generation) -> None:
        self._do("await gone")

    async def dump_database(self, wanted: Generation) -> str:
        self._do("dump")
        return "/dump"

    async def remove_plugin(self, applied: Generation, package: str) -> None:
        assert package in applied.deployment.plugins
        self._do(f"remove the data of {package}")

    async def restore_database(self, generation: Generation, dump: str) -> None:
        self._do(f"restore {dump}")

    async def settle_database(self, generation: Generation) -> None:
        self._do("settle database")

    async def make_directories(self, site: str) -> None:
        self._do("directories")
        assert self.deployment is not None
        self._become(directories=frozenset(directory.path for directory in self.deployment.directories))

    async def load_policy(self, modules: tuple[PolicyModule, ...]) -> None:
        self._do(f"load {', '.join(module.name for module in modules)}")
        self._become(policies={**(self.state.policies or {}), **{each.name: each.text for each in modules}})

    async def remove_policy(self, names: tuple[str, ...]) -> None:
        self._do(f"remove {', '.join(names)}")
        self._become(policies={name: text for name, text in (self.state.policies or {}).items() if name not in names})

    async def relabel(self, paths: tuple[str, ...], spared: tuple[str, ...]) -> None:
        self._do(f"label {' '.join(paths)}{' but ' if spared else ''}{' '.join(spared)}")
        contexts = file_contexts((self.state.policies or {}).values())
        below = {path for path in (*types(contexts), *self.state.labels) if is_below(path, paths)}
        found = {path: types(contexts).get(path, "default_t") for path in below if not is_below(path, spared)}
        self._become(labels={**self.state.labels, **found})

    async def reload_units(self) -> None:
        self._do("reload")
        units = {name: replace(unit, needs_reload=False) for name, unit in self.state.units.items()}
        self._become(units=units)

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        self._do(f"{verb} {unit}")
        self._change(verb, unit, alone=alone)

    async def start_units(self, units: tuple[str, ...]) -> None:
        for unit in units:
            if f"start {unit}" in self.slow:
                await asyncio.sleep(3600)
            self._do(f"start {unit}")
            self._change("start", unit, alone=True)

    def _change(self, verb: str, unit: str, *, alone: bool) -> None:
        name = unit.removesuffix(".service")
        if verb == "reload":
            return
        if verb == "stop":
            self._become(units={**self.state.units, unit: replace(UP, active="inactive", sub="dead")})
            return
        started = {unit, *(self._users(name) if verb == "restart" and not alone else ())}
        self._become(units={**self.state.units, **dict.fromkeys(started, UP)})
        for each in started:
            self._run(each.removesuffix(".service"))

    async def kept_generations(self, site: str) -> dict[int, Generation]:
        return dict(enumerate(self.generations, 1))

    async def present(self, paths: tuple[str, ...]) -> frozenset[str]:
        return frozenset(paths) - self.removed

    async def remove_networks(self, names: tuple[str, ...]) -> None:
        self._do(f"remove network {' '.join(names)}")

    async def remove_images(self, references: tuple[str, ...]) -> None:
        self._do("remove images")
        self._become(images={name: found for name, found in self.state.images.items() if name not in references})

    async def remove_folders(self, paths: tuple[str, ...]) -> None:
        self._do("remove folders")
        self.removed |= set(paths)
        self.generations.clear()

    async def unload_later(self) -> bool:
        return list(self.state.policies or {}) == ["pulp_quadlet"] and self.state.confined

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        self._become(runs={**self.state.runs, unit: mark})

    def _users(self, name: str) -> set[str]:
        """Units that systemd restarts together with this one."""
        assert self.deployment is not None
        return {f"{s.name}.service" for s in self.deployment.services if name in s.requires}

    def _run(self, name: str) -> None:
        """A container is there from now on, made of what is installed."""
        assert self.deployment is not None
        service = next((s for s in self.deployment.services if s.name == name and not s.once), None)
        if service is None or self.tree is None:
            return
        self.clock += 1
        container = ContainerState(
            image=self.state.images[service.image],
            digest=dict(self.tree.digests)[f"{name}.container"],
            config=dict(self.tree.configs)[name],
            id=f"{name}-{self.clock:.0f}",
            created=self.clock,
            health="healthy",
        )
        self._become(containers={**self.state.containers, name: container})

    def _do(self, what: str) -> None:
        back = any(done.startswith("switch back") for done in self.did)
        if what in self.broken_once:
            self.broken_once.remove(what)
            raise HostError(Problem(code="broken", message=f"{what} failed", notes=("the fake host was told so",)))
        if what in self.broken or (back and what in self.broken_later):
            raise HostError(Problem(code="broken", message=f"{what} failed", notes=("the fake host was told so",)))
        self.did.append(what)

    def _become(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by dataclasses
