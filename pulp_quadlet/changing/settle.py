"""Wait until Pulp is healthy: a process counts for it only when it has written its first heartbeat."""

from __future__ import annotations

import asyncio
import time

from pulp_quadlet.changing import gate
from pulp_quadlet.changing.change import Change
from pulp_quadlet.changing.host import Host, Tell
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.health.judge import judge
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.verdict import Verdict

HEALTHY_WITHIN = 180.0
"""Seconds until every process must have told Pulp's database of itself. Each start has a limit of its own besides."""


async def settled(deployment: Deployment, host: Host, limit: float = HEALTHY_WITHIN) -> Verdict:
    """The health once it is well, or after `limit` seconds as it is then.

    A process counts for Pulp only when it has written its first heartbeat, some seconds after it serves.
    """
    end = time.monotonic() + limit
    while True:
        verdict = judge(deployment, await host.look(deployment))
        if verdict.healthy or not deployment.services or time.monotonic() > end:
            return verdict
        await asyncio.sleep(1)


async def healthy(change: Change, host: Host, tell: Tell, before: Verdict | None) -> Verdict:
    """Wait until everything serves, and raise HostError when that does not come."""
    deployment = change.wanted.deployment
    end = time.monotonic() + HEALTHY_WITHIN
    tell.say("waiting until Pulp is healthy")
    while True:
        seen = await host.look(deployment)
        verdict = judge(deployment, seen)
        found = gate.complaints(deployment, seen, verdict, before, change.versions)
        if not found:
            return verdict
        if time.monotonic() > end:
            raise HostError(
                Problem(
                    code="not-healthy",
                    message=f"Pulp is not healthy {HEALTHY_WITHIN:.0f} seconds after the last step: {found[0]}",
                    notes=found[1:],
                    help=("pulp-quadlet status",),
                )
            )
        await asyncio.sleep(1)


async def health_before(change: Change, host: Host) -> Verdict | None:
    """How the site is before it is changed: what was ill then does not speak against the change."""
    if not change.state.good:
        return None
    runs = (await host.read(change.wanted.site, change.state.good)).deployment
    return judge(runs, await host.look(runs))
