"""In which order units are stopped, opened and started, so that as little as possible is away at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.migration import MigrationPlan
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.steps import AwaitGone, ChangeUnit, DumpDatabase, RemovePlugin, StartUnits
from pulp_quadlet.planning.due import Due

UnitStep = StartUnits | ChangeUnit | AwaitGone | DumpDatabase | RemovePlugin
_PROCESSES = ("worker", "content", "api")
_MIGRATION = ("the migration needs Pulp stopped",)
_REMOVAL = ("to remove a plugin, Pulp has to be stopped",)


def unit_steps(
    deployment: Deployment,
    state: HostState,
    due: dict[str, Due],
    changed_sockets: dict[str, str],
    migration: MigrationPlan | None = None,
) -> tuple[tuple[UnitStep, ...], tuple[UnitStep, ...]]:
    """All steps about sockets, services and the target; starts that follow each other are one step.

    First those that come before the units are switched: what crashes meanwhile starts again as what it was. Then the
    others.
    """
    walk = _Walk(deployment, state, due, changed_sockets)
    before = tuple(walk.before_migration(migration)) if migration else ()
    return before, tuple(_joined((*walk.missing_sockets(), *walk.services(), *walk.target())))


def all_stopped(deployment: Deployment, state: HostState, why: tuple[str, ...]) -> Iterator[ChangeUnit]:
    """Every process of Pulp stopped, workers first; before each its sockets, since a connection would start it."""
    processes = [each for each in deployment.services if each.role in _PROCESSES]
    closed: set[str] = set()
    for service in sorted(processes, key=lambda each: _PROCESSES.index(each.role)):
        for name in service.sockets:
            if name not in closed and state.unit(f"{name}.socket").runs:
                closed.add(name)
                yield ChangeUnit(verb="stop", unit=f"{name}.socket", why=why)
        if state.unit(f"{service.name}.service").runs:
            yield ChangeUnit(verb="stop", unit=f"{service.name}.service", why=why)


def _joined(steps: tuple[UnitStep, ...]) -> Iterator[UnitStep]:
    """What does not need the other starts at the same time; systemd keeps to the order where one does."""
    for starts, group in groupby(steps, key=lambda step: isinstance(step, StartUnits)):
        if not starts:
            yield from group
            continue
        found = [step for step in group if isinstance(step, StartUnits)]
        yield StartUnits(
            units=tuple(unit for step in found for unit in step.units),
            marks=tuple(mark for step in found for mark in step.marks),
        )


def _start(unit: str, why: tuple[str, ...], mark: str = "") -> StartUnits:
    return StartUnits(units=((unit, why),), marks=((unit.removesuffix(".service"), mark),) if mark else ())


@dataclass(slots=True)
class _Walk:
    """Through the services in start order, remembering what earlier steps did to later ones."""

    deployment: Deployment
    state: HostState
    due: dict[str, Due]
    changed: dict[str, str]
    """Sockets whose unit changed, and a clause about what changed it."""
    taken: set[str] = field(default_factory=set)
    """Services that restart, and those that systemd restarts with them."""
    stopped: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    """Sockets that were closed, since a connection would start their service."""

    def before_migration(self, migration: MigrationPlan) -> Iterator[UnitStep]:
        """What has to be away while the database changes: workers first, drained, then all that answers."""
        if migration.mode == "stop":
            why = _REMOVAL if migration.removes else _MIGRATION
            for step in all_stopped(self.deployment, self.state, why):
                name, _, kind = step.unit.rpartition(".")
                (self.closed if kind == "socket" else self.stopped).add(name)
                yield step
            yield AwaitGone(why=migration.reasons)
        if migration.dump:
            what = "the migration cannot be undone" if migration.mode == "stop" else "a copy for the worst case"
            yield DumpDatabase(why=("what is removed could not be brought back" if migration.removes else what,))
        for package in migration.removes:
            left = "it left the site file, and its data is to go with it"
            yield RemovePlugin(package=package, generation=self.state.generation, why=(left,))

    def missing_sockets(self) -> Iterator[UnitStep]:
        for socket in self.deployment.sockets:
            unit = f"{socket.name}.socket"
            if socket.name in self.closed:
                continue
            if socket.name not in self.changed and not self.state.unit(unit).runs:
                yield _start(unit, ("it is not running",))

    def services(self) -> Iterator[UnitStep]:
        for service in self.deployment.services:
            yield from self._reopen(service)
            for name in service.sockets:
                if name in self.closed - self.opened:
                    self.opened.add(name)
                    yield _start(f"{name}.socket", ("it was closed for the migration",))
            yield from self._service(service)

    def target(self) -> Iterator[UnitStep]:
        unit = f"{self.deployment.site}.target"
        if self.deployment.services and not self.state.unit(unit).runs:
            yield _start(unit, ("it is not running",))

    def _reopen(self, service: Service) -> Iterator[UnitStep]:
        """A socket cannot be opened anew while services hold it, so those are stopped: right before, and no sooner."""
        sockets = (self.changed.keys() & set(service.sockets)) - self.opened
        for user in self.deployment.services:
            if sockets & set(user.sockets) and self._runs(user):
                self.stopped.add(user.name)
                why = "".join(dict.fromkeys(self.changed[name] for name in sorted(sockets & set(user.sockets))))
                yield ChangeUnit(verb="stop", unit=f"{user.name}.service", why=(f"its socket changed{why}",))
        for name in sorted(sockets):
            yield ChangeUnit(verb="restart", unit=f"{name}.socket", why=(f"its unit changed{self.changed[name]}",))
        self.opened |= sockets

    def _service(self, service: Service) -> Iterator[UnitStep]:
        unit = f"{service.name}.service"
        item = self.due.get(service.name, Due(why=()))
        cause = next((name for name in service.requires if name in self.taken), None)
        if service.name in self.stopped:
            yield _start(unit, item.why or ("it was stopped",), item.mark if service.once else "")
        elif cause and self._runs(service):
            # systemd restarts it already: this waits for it, and remembers what has run
            self.taken.add(service.name)
            yield _start(unit, (f"it restarts together with {cause}",), item.mark)
        elif not item.why:
            return
        elif not self._runs(service):
            yield _start(unit, item.why, item.mark)
        elif item.act == "reload":
            yield ChangeUnit(verb="reload", unit=unit, why=item.why, mark=item.mark)
        else:
            yield ChangeUnit(verb="restart", unit=unit, why=item.why, alone=service.once, mark=item.mark)
            if not service.once:
                self.taken.add(service.name)

    def _runs(self, service: Service) -> bool:
        return service.name not in self.stopped and self.state.unit(f"{service.name}.service").runs
