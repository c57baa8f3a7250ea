"""Who watches which site, and the Site and Service objects that are there meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulp_quadlet.agent import contract
from pulp_quadlet.agent.health_of import Ask, ServiceHealth, SiteHealth, Watcher
from pulp_quadlet.dbus.errors import UNKNOWN_METHOD, CallRefused
from pulp_quadlet.dbus.target import Caller, Target
from pulp_quadlet.errors import HostError, Problem, PulpQuadletError


class Leavings(Protocol):
    """What is needed of the message bus."""

    async def vanished(self, sender: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when a connection is gone."""
        ...


class Server(Protocol):
    """What is needed of the server of objects."""

    def add(self, path: str, targets: Mapping[str, Target]) -> None:
        """Serve an object from now on."""
        ...

    def remove(self, path: str) -> None:
        """Serve an object no longer."""
        ...

    def changed(self, path: str, interface: str, *names: str) -> None:
        """Properties of it have new values."""
        ...


class Facts:
    """An object that is nothing but properties."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    async def call(self, member: str, _arguments: list[Any], _caller: Caller) -> tuple[()]:
        raise CallRefused(UNKNOWN_METHOD, f"there is no method {member}")

    def properties(self) -> dict[str, Any]:
        return self.values


@dataclass(slots=True)
class _Watched:
    task: asyncio.Task[None]
    watchers: dict[str, Callable[[], None]] = field(default_factory=dict)
    """Connections, each with what ends listening for its end."""
    first: asyncio.Event = field(default_factory=asyncio.Event)
    objects: dict[str, tuple[str, Facts]] = field(default_factory=dict)
    """By path: the interface of an object, and the object."""
    error: PulpQuadletError | None = None


class Watching:
    """`watcher` observes a site for as long as somebody wants to know."""

    def __init__(self, bus: Leavings, server: Server, watcher: Watcher, ask: Ask) -> None:
        self._bus = bus
        self._server = server
        self._watcher = watcher
        self._ask = ask
        self._sites: dict[str, _Watched] = {}

    @property
    def files(self) -> list[str]:
        """The site files that are watched."""
        return sorted(self._sites)

    async def watch(self, file: str, options: Mapping[str, Any], connection: str) -> None:
        """Return when the objects are there. Raises PulpQuadletError when the site cannot be watched."""
        site = self._sites.get(file) or self._begin(file, options)
        if connection not in site.watchers:
            site.watchers[connection] = lambda: None
            ended = await self._bus.vanished(connection, lambda: self._leave(file, connection))
            if connection in site.watchers:
                site.watchers[connection] = ended
        await site.first.wait()
        if site.error is not None:
            raise site.error

    async def unwatch(self, file: str, connection: str) -> None:
        """The connection does not watch any more; one that never did is right, too."""
        self._leave(file, connection)

    async def end(self) -> None:
        """Nobody watches any more."""
        for file in self.files:
            self._drop(file)

    def _begin(self, file: str, options: Mapping[str, Any]) -> _Watched:
        task = asyncio.create_task(self._observe(file, options))
        site = self._sites[file] = _Watched(task)
        self._watched_changed()
        return site

    async def _observe(self, file: str, options: Mapping[str, Any]) -> None:
        site = self._sites[file]
        try:
            await self._watcher(file, options, self._ask, lambda health: self._publish(site, health))
        except PulpQuadletError as error:
            site.error = error
        finally:
            if self._sites.get(file) is site:  # else nobody watches any more
                site.error = site.error or HostError(
                    Problem(code="watch-ended", message=f"{file} is not watched any more")
                )
                self._drop(file)

    def _leave(self, file: str, connection: str) -> None:
        site = self._sites.get(file)
        if site is None or connection not in site.watchers:
            return
        site.watchers.pop(connection)()
        if not site.watchers:
            self._drop(file)

    def _drop(self, file: str) -> None:
        site = self._sites.pop(file)
        for ended in site.watchers.values():
            ended()
        for path in site.objects:
            self._server.remove(path)
        site.objects.clear()
        if site.task is not asyncio.current_task():
            site.task.cancel()
        site.first.set()
        self._watched_changed()

    def _watched_changed(self) -> None:
        self._server.changed(contract.PATH, contract.MANAGER, "Watched")

    def _publish(self, site: _Watched, health: SiteHealth) -> None:
        """Objects that are new, changed or gone since the last time are told; those that are the same are not."""
        wanted = _objects(health)
        for path in [path for path in site.objects if path not in wanted]:
            del site.objects[path]
            self._server.remove(path)
        for path, (interface, values) in wanted.items():
            if path not in site.objects:
                site.objects[path] = (interface, Facts(values))
                self._server.add(path, {interface: site.objects[path][1]})
                continue
            facts = site.objects[path][1]
            changed = [name for name, value in values.items() if facts.values.get(name) != value]
            facts.values = values
            if changed:
                self._server.changed(path, interface, *changed)
        site.first.set()


def _objects(health: SiteHealth) -> dict[str, tuple[str, dict[str, Any]]]:
    found = {contract.site_path(health.name): (contract.SITE, _site(health))}
    for service in health.services:
        path = contract.service_path(health.name, service.name)
        found[path] = (contract.SERVICE, _service(health.name, service))
    return found


def _site(health: SiteHealth) -> dict[str, Any]:
    return {
        "Name": health.name,
        "Healthy": health.healthy,
        "Sentence": health.sentence,
        "Generation": health.generation,
        "LastApply": health.last_apply,
        "Url": health.url,
    }


def _service(site: str, service: ServiceHealth) -> dict[str, Any]:
    return {
        "Name": service.name,
        "Site": site,
        "Role": service.role,
        "Well": service.well,
        "Why": service.why,
        "Systemd": service.systemd,
        "Podman": service.podman,
        "Pulp": service.pulp,
        "Since": service.since,
    }
