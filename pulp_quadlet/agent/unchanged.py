"""The short way of an apply that has nothing to do: found out by the agent itself, without a process and a compiler.

What our very files made of this very site file for this very host is applied, so that compiling it again would make
the same. Then the host is looked at as for any plan. Whatever there is to do, to wait for or to complain about is left
to the process that does the work; here nothing is changed, not even a file that tells of it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pulp_quadlet.agent.child import Request
from pulp_quadlet.apply import obstacles
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import PulpQuadletError
from pulp_quadlet.health import judge
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.installation import fingerprint
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.observe import Observer
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.host.target import this_host
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.plan import plan, plan_id
from pulp_quadlet.report.plan import plan_json
from pulp_quadlet.report.verdict import verdict_json


async def unchanged(request: Request) -> dict[str, Any] | None:
    """See `Short`."""
    try:
        return await _unchanged(request)
    except (PulpQuadletError, OSError, ValueError):
        return None  # the long way tells it, with the place in the site file


async def _unchanged(request: Request) -> dict[str, Any] | None:
    text = load(Path(request.file)).text
    applied = made_of(request.file, text, Generations())
    if applied is None or applied.origin.target != await asyncio.to_thread(this_host, request.options.get("host")):
        return None
    systemd = Systemd()
    state = await Observer(systemd).observe(applied)
    made = plan(applied.deployment, applied.tree, state)
    there = obstacles(applied.deployment, applied.tree, state, lambda _path: None)
    if made.steps or there or request.options.get("plan", "") not in {"", plan_id(made, state)}:
        return None
    verdict = judge(applied.deployment, await Looker(systemd).look(applied.deployment))
    if not verdict.healthy:
        return None
    changed = load(Path(request.file)).text != text
    told = {"generation": state.generation, "health": verdict_json(verdict), "site_file_changed": changed}
    return {**plan_json(made), **told}


def made_of(file: str, text: str, generations: Generations) -> Generation | None:
    """The generation that is applied, committed, and made of this text by our very files."""
    for site in generations.sites():
        number = generations.current(site)
        if number and number == generations.good(site) and generations.transaction(site) is None:
            applied = generations.read(site, number)
            made = applied.origin
            if (made.site_file, made.site_text, made.compiler) == (file, text, fingerprint()):
                return applied
    return None
