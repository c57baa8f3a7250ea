"""Observe a site while somebody watches, judge it, and publish what has changed.

It needs the deployment alone, which a process of its own reads or compiles: the agent's own memory holds no compiler.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Protocol

from pulp_quadlet.agent.health_of import Ask, Publish, ServiceHealth, SiteHealth
from pulp_quadlet.errors import HostError
from pulp_quadlet.health.judge import judge, unknown
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.model.codec import from_data
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.verdict import Observations, Row, Verdict

# A fault has to be told within 15 seconds, and a look may take up to 9 of them where somebody hangs.
INTERVAL = 5.0
_REST = 1.0  # seconds at least between two looks, however long they take
_MICROSECONDS = 1_000_000


class Publisher(Protocol):
    """Who hears of changes."""

    def publish(self, site: str, verdict: Verdict) -> None:
        """The site is otherwise than it was when this was called before."""
        ...


class Looks(Protocol):
    """Who observes."""

    async def look(self, deployment: Deployment) -> Observations:
        """What all witnesses say now. Raises HostError where systemd cannot be asked."""
        ...


async def follow(deployment: Deployment, looker: Looks, publisher: Publisher, interval: float) -> None:
    """Publish what changes, the first verdict too. Returns when another generation is applied: it may have others."""
    last: Verdict | None = None
    while True:
        began = time.monotonic()
        verdict = await _verdict(deployment, looker)
        if verdict != last:
            publisher.publish(deployment.site, verdict)
        if last is not None and _generation(verdict) != _generation(last):
            return
        last = verdict
        await asyncio.sleep(max(_REST, interval - (time.monotonic() - began)))


async def watch(file: str, options: Mapping[str, Any], ask: Ask, publish: Publish) -> None:
    """See `Watcher`. The objects on the bus get what changes; a new generation is asked for again."""
    looker = Looker(Systemd())
    sites: dict[str, _Site] = {}
    while True:
        deployment = from_data(Deployment, await ask("deployment", file, options))
        site = sites.setdefault(deployment.site, _Site(publish))
        site.deployment = deployment
        await follow(deployment, looker, site, INTERVAL)


async def _verdict(deployment: Deployment, looker: Looks) -> Verdict:
    try:
        return judge(deployment, await looker.look(deployment))
    except HostError as error:
        return unknown(deployment, error.problems[0].message)


def _generation(verdict: Verdict) -> str:
    return verdict.applied.generation if verdict.applied else ""


class _Site:
    """One site on its way to the bus. Remembers since when each service is as it is."""

    deployment: Deployment

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._since: dict[str, tuple[tuple[bool, str, str], float]] = {}

    def publish(self, site: str, verdict: Verdict) -> None:
        """See `Publisher`."""
        applied = verdict.applied
        self._publish(
            SiteHealth(
                name=site,
                healthy=verdict.healthy,
                sentence=verdict.sentence,
                generation=_generation(verdict),
                last_apply=int(applied.time * _MICROSECONDS) if applied else 0,
                url=self.deployment.url,
                services=tuple(self._service(row) for row in verdict.rows),
            )
        )

    def _service(self, row: Row) -> ServiceHealth:
        return ServiceHealth(
            name=row.service,
            role=row.role,
            well=row.well,
            why=row.why,
            systemd=row.systemd,
            podman=row.podman,
            pulp=row.pulp,
            since=int(self._known_since(row) * _MICROSECONDS),
        )

    def _known_since(self, row: Row) -> float:
        """When it became what it is; of what it was before the first look, its container's age is known."""
        state = (row.well, row.systemd, row.podman)
        known = self._since.get(row.service)
        if known is None:
            self._since[row.service] = (state, row.since or time.time())
        elif known[0] != state:
            self._since[row.service] = (state, time.time())
        return self._since[row.service][1]
