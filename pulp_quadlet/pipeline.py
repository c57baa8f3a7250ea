"""The story in order: read, compose, render, examine, plan, apply, judge. Every face tells it by these functions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from pulp_quadlet import apply as applying
from pulp_quadlet.compose import compose
from pulp_quadlet.config.read import read
from pulp_quadlet.config.source import SourceText
from pulp_quadlet.config.tables import Site
from pulp_quadlet.errors import HostError, Location, Problem, SiteError
from pulp_quadlet.examine import examine
from pulp_quadlet.health import judge
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.model.verdict import Observations, Verdict
from pulp_quadlet.plan import plan
from pulp_quadlet.quadlet.version import OLDEST
from pulp_quadlet.render.tree import render


class Host(applying.Host, Protocol):
    """The machine, as the whole story needs it."""

    async def generate(self, tree: Tree) -> Generated | None:
        """What Podman's generator and systemd make of the units; None where there is no generator."""
        ...

    async def look(self, deployment: Deployment) -> Observations:
        """How the services are, in their own words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A site file, all the way to the files that it stands for on one host."""

    source: SourceText
    site: Site
    target: Target
    deployment: Deployment
    tree: Tree

    def locate(self, path: SitePath) -> Location | None:
        """The place of a key in the site file, or of the nearest table around it; None when that is left out too."""
        return _locate(self.source, path)


def compile_site(source: SourceText, target: Target) -> Compiled:
    """Read, compose and render. Pure. Raises SiteError with everything that is wrong."""
    if target.podman < OLDEST:
        raise HostError(
            Problem(
                code="podman-too-old",
                message=f"Podman {target.podman} is too old: {OLDEST} is the first that can run a site",
                help=("Ubuntu 24.04, Debian 13, Enterprise Linux 9 and Fedora have a newer one",),
            )
        )
    site = read(source.text, source.path)
    deployment = compose(site, target)
    tree = render(deployment, target, lambda path: _locate(source, path))
    return Compiled(source=source, site=site, target=target, deployment=deployment, tree=tree)


def check(compiled: Compiled, generated: Generated | None) -> bool:
    """Look for what Podman's generator and systemd's verifier lost or refused of the units.

    False when there was no generator to ask. Raises SiteError with all that is wrong.
    """
    if generated is None:
        return False
    problems = tuple(examine(compiled.tree, generated, compiled.locate))
    if problems:
        raise SiteError(*problems)
    return True


async def make_plan(compiled: Compiled, host: Host) -> Plan:
    """What would have to be done. Raises HostError when the host cannot be asked, or a person has to act first."""
    state = await host.observe(compiled.deployment, compiled.tree)
    problems = applying.obstacles(compiled.deployment, compiled.tree, state, compiled.locate)
    if problems:
        raise HostError(*problems)
    return plan(compiled.deployment, compiled.tree, state)


async def apply(
    compiled: Compiled, host: Host, progress: applying.Progress = lambda _number, _all, _step: None
) -> Plan:
    """Make the host what the site file says, and tell what was done."""
    check(compiled, await host.generate(compiled.tree))
    made = await make_plan(compiled, host)
    await applying.apply(made, host, progress)
    return made


async def health(compiled: Compiled, host: Host) -> Verdict:
    """How the site is: one sentence, and a row for each service."""
    return judge(compiled.deployment, await host.look(compiled.deployment))


async def settled_health(compiled: Compiled, host: Host, limit: float = 90.0) -> Verdict:
    """The health once all heartbeats have come in, or after `limit` seconds as it is then.

    A process counts for Pulp only when it has written its first heartbeat, some seconds after it serves.
    """
    import asyncio

    end = time.monotonic() + limit
    while True:
        verdict = await health(compiled, host)
        if verdict.healthy or time.monotonic() > end:
            return verdict
        await asyncio.sleep(1)


def _locate(source: SourceText, path: SitePath) -> Location | None:
    import tomli

    from pulp_quadlet.config.diagnosis.diagnose import place_of

    if not path or path[0] not in tomli.loads(source.text):
        return None
    return place_of(path, source.text, source.path)
