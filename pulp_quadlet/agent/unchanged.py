"""The short way of an apply that has nothing to do: found out without a process for it and without a compiler, by the
agent, or by the command itself where root calls it, so that no agent has to be started either.

What our very files made of this very site file for this very host is applied, or was compared with what is: compiling
it again would make the same. Then the host is looked at as for any plan. Whatever there is to do, to wait for or to
complain about is left to the process that does the work; here nothing is changed, not even a file that tells of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulp_quadlet.changing.obstacles import obstacles
from pulp_quadlet.config.source import SourceText, load
from pulp_quadlet.errors import PulpQuadletError
from pulp_quadlet.health.judge import judge
from pulp_quadlet.host import found_same
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.installation import fingerprint
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.observe import Observer
from pulp_quadlet.host.packages import checkouts
from pulp_quadlet.host.seen import Seen
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.host.target import this_host
from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.target import Target
from pulp_quadlet.planning.plan import plan, plan_id
from pulp_quadlet.report.plan import plan_json
from pulp_quadlet.report.verdict import verdict_json


async def unchanged(file: str, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """The result of an apply of this site file, if it has nothing to do; None where that is not sure."""
    try:
        return await _unchanged(file, options)
    except (PulpQuadletError, OSError, ValueError):
        return None  # the long way tells it, with the place in the site file


async def _unchanged(file: str, options: Mapping[str, Any]) -> dict[str, Any] | None:
    if options.get("remove_plugins"):
        return None
    source = load(Path(file))
    text = source.text
    if not Seen().knows(file, text):
        return None  # it has to be remembered for the next boot
    target = await asyncio.to_thread(this_host, options.get("host"))
    applied = made_of(source, target, Generations())
    if applied is None or await asyncio.to_thread(has_edited_checkouts, applied):
        return None
    systemd = _AskedOnce()
    state = await Observer(systemd).observe(applied)
    made = plan(applied.deployment, applied.tree, state)
    there = obstacles(applied.deployment, applied.tree, state, lambda _path: None)
    if made.steps or there or options.get("plan", "") not in {"", plan_id(made, state)}:
        return None
    verdict = judge(applied.deployment, await Looker(systemd).look(applied.deployment))
    if not verdict.healthy:
        return None
    changed = load(Path(file)) != source
    told = {"generation": state.generation, "health": verdict_json(verdict), "site_file_changed": changed}
    return {**plan_json(made), **told}


class _AskedOnce(Systemd):
    """Plan and verdict are about the same moment."""

    def __init__(self) -> None:
        self._known: dict[str, UnitState] = {}

    async def states(self, units: tuple[str, ...]) -> dict[str, UnitState]:
        missing = tuple(unit for unit in units if unit not in self._known)
        self._known |= await super().states(missing)
        return {unit: self._known[unit] for unit in units}


def made_of(
    source: SourceText, target: Target, generations: Generations, folder: Path = found_same.FOLDER
) -> Generation | None:
    """The generation that is applied, committed, and made of this source for this host by our very files; or found to
    be just what they would make.
    """
    for site in generations.sites():
        number = generations.current(site)
        if number and number == generations.good(site) and generations.transaction(site) is None:
            applied = generations.read(site, number)
            made = applied.origin
            same = (source_of(made), made.target, made.compiler) == (source, target, fingerprint())
            if same or found_same.is_known(site, found_same.mark(number, source, target), folder):
                return applied
    return None


def has_edited_checkouts(applied: Generation) -> bool:
    """Whether a plugin comes from a checkout that holds another content by now than what its image was made of."""
    built = (each.packages for each in applied.deployment.images if isinstance(each, BuiltImage))
    locked = (package for each in built if each and each.lock for package in each.lock.packages)
    return any(checkouts.look(Path(each.folder)).digest != each.sha256 for each in locked if each.kind == "folder")


def source_of(origin: Origin) -> SourceText:
    """What a generation was made of, as it was read."""
    return SourceText(origin.site_file, origin.site_text, origin.lock_text or None)


def remember(wanted: Generation, number: int, generations: Generations, folder: Path = found_same.FOLDER) -> None:
    """Nothing was to be done for what was compiled. Where it is the applied generation in all that matters, it needs
    not be compiled again.
    """
    applied, made = generations.read(wanted.site, number), wanted.origin
    # texts of configuration are files, and those are as they should be
    if made.target and replace(applied.deployment, configs=()) == replace(wanted.deployment, configs=()):
        what = found_same.mark(number, source_of(made), made.target)
        found_same.remember(wanted.site, what, folder)
