"""What systemd and Podman do on a machine of paper, whoever asked them and whether or not it lives to see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.host_state import ContainerState
from pulp_quadlet.model.migration import PendingMigration
from pulp_quadlet.model.service import Service
from tests.faults.world import SITE, Container, World

PROCESSES = {"api", "content", "worker"}


class Engine:
    """They read what is loaded and what is current. `point` is called wherever a process could end in between."""

    def __init__(self, world: World, generations: Generations) -> None:
        self.world = world
        self.generations = generations
        self.point: Callable[[str], None] = lambda _where: None
        self.pending: tuple[PendingMigration, ...] = ()
        """What another image than the first would do to the database."""

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
                self.start(unit)
            if verb == "restart":
                for user in users:
                    self.start(user)

    def start(self, unit: str) -> None:
        if unit in self.world.units:
            return
        if unit not in {*self.world.loaded.tree.unit_names, f"{SITE}.target"}:
            raise HostError(Problem(code="unit-failed", message=f"{unit} is not loaded"))
        service = next((each for each in self._services() if f"{each.name}.service" == unit), None)
        for name in service.requires if service else ():
            self.start(f"{name}.service")
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
        level = level_of(self.world.loaded)
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

    def labelled(self, names: tuple[str, ...]) -> list[str]:
        """Containers that run with types of these modules."""
        policy = self.world.loaded.deployment.policy
        own = policy is not None and any(module.name in names for module in policy.modules)
        return list(self.world.containers) if own else []

    def processes(self) -> list[str]:
        roles: dict[str, Any] = {each.name: each.role for each in self._services()}
        return [name for name in self.world.containers if roles.get(name) in PROCESSES]


def level_of(generation: Generation) -> str:
    """The database as this image wants it."""
    return next(each.image for each in generation.deployment.services if each.role == "migrate")
