"""What a boot waits for before it changes anything: that what was applied last is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from pulp_quadlet.health.judge import judge
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.verdict import Observations

WITHIN = 300.0
"""Seconds. A whole site starts in half a minute where there is little to do besides; at boot there is more."""
_PAUSE = 1.0
Look = Callable[[Deployment], Awaitable[Observations]]


def origin_of(file: str, generations: Generations) -> tuple[str, Origin]:
    """The site that this file was applied as, and how; an empty name where it never was healthy, as in a new image."""
    for site in generations.sites():
        origin = generations.origin(site)
        if origin.site_file == file:
            return (site if generations.good(site) else ""), origin
    return "", Origin()


async def settle(site: str, generations: Generations, look: Look | None = None, limit: float = WITHIN) -> bool:
    """Wait until nothing of an interrupted change is left and the site is healthy. False when that does not come.

    A change is judged by what it made worse. One that begins while the services still start would be to blame for
    nothing, and be committed whatever it breaks.
    """
    begin = time.monotonic()
    look = look or Looker(Systemd()).look
    patience = limit
    while time.monotonic() < begin + patience:
        number = generations.current(site)
        if generations.transaction(site) is None:
            if not number:
                return True
            deployment = generations.read(site, number).deployment
            seen = await look(deployment)
            if judge(deployment, seen).healthy:
                return True
            # what still starts may do so as long as systemd lets it
            patience = max(limit, _longest_start(deployment)) if any(map(_starts, seen.units.values())) else limit
        await asyncio.sleep(_PAUSE)
    return False


def _longest_start(deployment: Deployment) -> float:
    return max((service.health.start_limit for service in deployment.services if service.health), default=0)


def _starts(unit: UnitState) -> bool:
    """One that systemd only starts again and again, for it fails, is not waited for any longer."""
    return unit.active == "activating" and unit.sub != "auto-restart"
