"""What a boot waits for before it changes anything: that what was applied last is up."""

from __future__ import annotations

import asyncio
import time

from pulp_quadlet.health.judge import judge
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.model.generation import Origin

WITHIN = 300.0
"""Seconds. A whole site starts in half a minute where there is little to do besides; at boot there is more."""
_PAUSE = 1.0


def origin_of(file: str, generations: Generations) -> tuple[str, Origin]:
    """The site that this file was applied as, and how; an empty name where it never was healthy, as in a new image."""
    for site in generations.sites():
        origin = generations.origin(site)
        if origin.site_file == file:
            return (site if generations.good(site) else ""), origin
    return "", Origin()


async def settle(site: str, generations: Generations, limit: float = WITHIN) -> bool:
    """Wait until nothing of an interrupted change is left and the site is healthy. False when that does not come.

    A change is judged by what it made worse. One that begins while the services still start would be to blame for
    nothing, and be committed whatever it breaks.
    """
    end = time.monotonic() + limit
    looker = Looker(Systemd())
    while time.monotonic() < end:
        number = generations.current(site)
        if generations.transaction(site) is None:
            deployment = generations.read(site, number).deployment
            if not number or judge(deployment, await looker.look(deployment)).healthy:
                return True
        await asyncio.sleep(_PAUSE)
    return False
