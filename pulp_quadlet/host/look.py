"""Look at a site: every witness is asked at the same time and in its own way, and none can hold up the others.

A look costs little, since it is taken every few seconds while somebody watches: one list of systemd and of Podman, a
few files of the kernel, one status page, and two small pages over the web server. Who does not answer is told as such.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import certificate, disks, podman_api, pulp_status, web_pages
from pulp_quadlet.host.last_apply import last_apply
from pulp_quadlet.host.patience import Patience
from pulp_quadlet.host.policy.selinux import Selinux
from pulp_quadlet.host.processes import processes
from pulp_quadlet.host.reachable import running_apis, units_of, web_socket, would_start
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.verdict import Certificate, Disk, Observations, Page, SelinuxFound, Tasks

LIMIT = 8.0  # seconds; a fault has to be told within 15, and a look is taken every 5
# What the health checks of workers print: units/config/pulp/health.py
_QUEUE = re.compile(r"(\d+) tasks? waiting, (\d+) running")
_HEARTBEAT = re.compile(r"heartbeat (?:was )?(\d+) s ago")


class Systemd(Protocol):
    """What a look needs of systemd."""

    async def states(self, units: tuple[str, ...]) -> dict[str, UnitState]:
        """The states of units, also of those that systemd does not know."""
        ...

    async def start(self, units: tuple[str, ...]) -> None:
        """Start units."""
        ...


class Looker:
    """Looks at sites of this host. Keep one: it remembers who hangs, and where Podman has its folder."""

    def __init__(self, systemd: Systemd, root: Path = Path("/"), podman: str = podman_api.SOCKET) -> None:
        self._systemd = systemd
        self._root = root
        self._podman = podman
        self._patience = Patience(LIMIT)
        self._selinux = Selinux(root)
        self._graph_root = ""

    async def look(self, deployment: Deployment) -> Observations:
        """What all witnesses say now. Raises HostError only where systemd cannot be asked."""
        units, (containers, error) = await asyncio.gather(
            self._systemd.states(units_of(deployment)), self._containers(deployment.site)
        )
        alive = {each.name: found for each in containers if (found := processes(each.pid, each.state)) is not None}
        (status, status_error), pages, shown, rooms, checks = await asyncio.gather(
            self._status(deployment, units),
            self._pages(deployment, units),
            self._certificate(deployment, units),
            self._disks(deployment),
            self._checks(deployment, containers, {name for name, found in alive.items() if found.stopped}),
        )
        outputs = {name: check.output for name, check in checks.items()}
        return Observations(
            units=units,
            containers={each.name: each.as_state(outputs.get(each.name, "")) for each in containers},
            podman_error=error,
            processes=alive,
            status=status,
            status_error=status_error,
            heartbeats=_heartbeats(checks),
            pages=pages,
            disks=rooms,
            certificate=shown,
            tasks=_tasks(checks.values()),
            applied=last_apply(self._root / "etc/pulp-quadlet" / deployment.site),
            selinux=self._confinement(),
            now=time.time(),
        )

    async def _containers(self, site: str) -> tuple[tuple[podman_api.Container, ...], str]:
        """The containers, or none and the reason. The socket of Podman's service is started where it is missing."""

        def ask() -> tuple[podman_api.Container, ...]:
            with podman_api.connected(self._podman) as reader:
                return reader.containers(site)

        try:
            return await self._patience.ask("podman", ask), ""
        except TimeoutError:
            return (), "timed out"
        except HostError:  # its socket is not there, or it was shut down for being idle in this very moment
            await self._start("podman.socket")
        try:
            return await self._patience.ask("podman", ask), ""
        except TimeoutError:
            return (), "timed out"
        except HostError as error:
            return (), ", ".join(error.problems[0].notes)

    async def _start(self, unit: str) -> None:
        with suppress(HostError):  # the next question tells what is wrong
            await self._systemd.start((unit,))

    async def _checks(
        self, deployment: Deployment, containers: tuple[podman_api.Container, ...], stopped: set[str]
    ) -> Mapping[str, podman_api.Check]:
        """What the health checks said of those who are not well, and what that of one worker said of Pulp's queue."""

        def ask() -> dict[str, podman_api.Check]:
            with podman_api.connected(self._podman) as reader:
                found = {each.name: reader.last_check(each.id) for each in asked}
            return {name: check for name, check in found.items() if check is not None}

        workers = {service.name for service in deployment.services if service.role == "worker"} - stopped
        worker = next((each for each in containers if each.health == "healthy" and each.name in workers), None)
        asked = [each for each in containers if each.health != "healthy" or each.name in stopped or each is worker]
        try:
            return await self._patience.ask("podman checks", ask) if asked else {}
        except (TimeoutError, HostError):
            return {}

    async def _status(
        self, deployment: Deployment, units: Mapping[str, UnitState]
    ) -> tuple[Mapping[str, Any] | None, str]:
        """Pulp's status page, from the replica that answers first."""
        error = "no process of its API runs"
        asked = [asyncio.ensure_future(self._status_at(path)) for path in running_apis(deployment, units)]
        for answer in asyncio.as_completed(asked):
            page, error = await answer
            if page is not None:
                break
        else:
            return None, error
        for each in asked:
            each.cancel()
        return page, ""

    async def _status_at(self, path: str) -> tuple[Mapping[str, Any] | None, str]:
        try:
            return await self._patience.ask(path, partial(pulp_status.ask, path))
        except TimeoutError:
            return None, "timed out"

    async def _pages(self, deployment: Deployment, units: Mapping[str, UnitState]) -> tuple[Page, ...]:
        """What users get, over the first address where the web server listens."""
        socket = web_socket(deployment, units)
        if socket is None:
            return ()
        address = next((each for each in socket.listen if each not in socket.secure), socket.listen[0])
        secure = address in socket.secure
        name = urlsplit(deployment.url).netloc
        roles = [role for role in web_pages.PAGES if not would_start(role, deployment, units)]
        return tuple(
            await asyncio.gather(*(self._page(address, name, role, secure=secure) for role in roles)),
        )

    async def _page(self, address: str, name: str, role: str, *, secure: bool) -> Page:
        ask = partial(web_pages.ask, address, name, role, tls=secure)
        try:
            return await self._patience.ask(f"{role} at {address}", ask)
        except TimeoutError:
            return Page(path=web_pages.PAGES[role][1], error="timed out")

    async def _certificate(self, deployment: Deployment, units: Mapping[str, UnitState]) -> Certificate | None:
        socket = web_socket(deployment, units)
        if socket is None or not socket.secure:
            return None
        address, name = socket.secure[0], urlsplit(deployment.url).hostname or "localhost"
        try:
            return await self._patience.ask(f"certificate at {address}", partial(certificate.shown_at, address, name))
        except TimeoutError:
            return Certificate(address=address, error="timed out")

    def _confinement(self) -> SelinuxFound | None:
        try:
            return self._selinux.found()
        except HostError:  # a policy that cannot be read is told by every plan
            return None

    async def _disks(self, deployment: Deployment) -> tuple[Disk, ...]:
        """The file systems of the site's data and of Podman's images and containers."""
        mounts = (mount.source for service in deployment.services for mount in service.mounts if mount.data)
        paths = tuple(dict.fromkeys([*mounts, *await self._podman_folder()]))
        answers = await asyncio.gather(*(self._room(path) for path in paths))
        return disks.merged(zip(paths, answers, strict=True))

    async def _room(self, path: str) -> tuple[int, os.statvfs_result] | str:
        try:
            return await self._patience.ask(path, partial(disks.ask, path))
        except TimeoutError:
            return "timed out"
        except OSError as error:
            return error.strerror or str(error)

    async def _podman_folder(self) -> tuple[str, ...]:
        """Asked once: it cannot change while there are containers in it."""

        def ask() -> str:
            with podman_api.connected(self._podman) as reader:
                return reader.graph_root()

        if not self._graph_root:
            try:
                self._graph_root = await self._patience.ask("podman info", ask)
            except (TimeoutError, HostError):
                return ()
        return (self._graph_root,)


def _tasks(checks: Iterable[podman_api.Check]) -> Tasks | None:
    """Workers count the queue when their health is checked: they are at the database then anyway, and know how to
    reach it, wherever it is. So it costs no process, no login and no connection of its own.
    """
    for check in checks:
        if found := _QUEUE.search(check.output):
            return Tasks(waiting=int(found[1]), running=int(found[2]), counted=check.ended)
    return None


def _heartbeats(checks: Mapping[str, podman_api.Check]) -> dict[str, float]:
    """When it was, by the age at the end of the check."""
    found = {name: _HEARTBEAT.search(check.output) for name, check in checks.items()}
    return {name: checks[name].ended - int(match[1]) for name, match in found.items() if match}
