"""Uninstall a site: all of it goes but its data and its secrets.

Each time it is judged by what is there, so whoever is interrupted begins again and does what is left. The folder of
the site goes last: the images, folders and networks of all its generations are known by it.
"""

from __future__ import annotations

from typing import Protocol

from pulp_quadlet.changing import apply, transaction
from pulp_quadlet.changing.host import Host as ChangingHost
from pulp_quadlet.changing.host import Tell
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Generation, nothing
from pulp_quadlet.model.inventory import Inventory
from pulp_quadlet.model.removals import RemoveImages, RemoveNetworks
from pulp_quadlet.model.steps import ReloadUnits, Step
from pulp_quadlet.planning import inventory as stock
from pulp_quadlet.planning.plan import plan_back


class Host(ChangingHost, Protocol):
    """The machine, as whoever leaves it needs it."""

    async def sites(self) -> tuple[str, ...]:
        """The sites that this host has or had."""
        ...

    async def current(self, site: str) -> int:
        """The generation that units are loaded from; 0 where there is none."""
        ...

    async def kept_generations(self, site: str) -> dict[int, Generation]:
        """Those that can be read, by their numbers."""
        ...

    async def present(self, paths: tuple[str, ...]) -> frozenset[str]:
        """Which of these paths are there."""
        ...

    async def unload_later(self) -> bool:
        """Have the shared SELinux module removed when the agent, which it confines, has ended, if no site needs it.
        Where nothing confines the agent, the module has left with the last site.

        False where there is nothing to do.
        """
        ...


async def take_stock(site: str, host: Host) -> Inventory:
    """What uninstalling would remove, and what it would keep. Reads only."""
    return (await _found(site, host))[0]


async def uninstall(site: str, host: Host, tell: Tell) -> Inventory:
    """Remove it, and return what there was. Raises HostError; a second one does what is left."""
    await _end_what_lies_open(site, host, tell)
    found, first = await _found(site, host)
    if found.is_there and not any(isinstance(step, ReloadUnits) for step in first):
        # a process that died between the links and this left nothing to see it by
        first = (*first, ReloadUnits(why=("the site is uninstalled",)))
    steps = (*first, *stock.removals(found))
    for number, step in enumerate(steps, 1):
        tell.step(number, len(steps), step)
        try:
            await apply.do(nothing(site), step, host)
        except HostError as error:
            if not isinstance(step, RemoveImages | RemoveNetworks):
                raise _unfinished(site, step, error) from error
            # somebody else uses it: that is no reason to leave all the rest
            tell.say(f"{step.title}: {error.problems[0].message}")
    await _prune(host, tell)
    return found


async def _prune(host: Host, tell: Tell) -> None:
    """What images were made of and in: no generation knows of it that is not gone now."""
    try:
        await host.prune()
    except HostError as error:
        tell.say(f"what images were made of stays: {error.problems[0].message}")


async def _found(site: str, host: Host) -> tuple[Inventory, tuple[Step, ...]]:
    gone = nothing(site)
    state = await host.observe(gone)
    steps = plan_back(gone.deployment, gone.tree, state, 0).steps
    past = await host.kept_generations(site)
    present = await host.present((*stock.folders(site, past.values()), *stock.kept(site, past.values())))
    others = await _others(site, host)
    return stock.inventory(site, past, state=state, others=others, removals=steps, present=present), steps


async def _others(site: str, host: Host) -> list[Deployment]:
    numbers = [(each, await host.current(each)) for each in await host.sites() if each != site]
    return [(await host.read(each, number)).deployment for each, number in numbers if number]


async def _end_what_lies_open(site: str, host: Host, tell: Tell) -> None:
    """Former bytes of secrets would stay for ever. What cannot be gone back from is no reason to keep the site."""
    try:
        await transaction.recover(site, host, tell)
    except HostError as error:
        tell.say(f"a change that was interrupted could not be ended: {error.problems[0].message}")


def _unfinished(site: str, step: Step, error: HostError) -> HostError:
    first, *more = error.problems
    told = Problem(
        first.code,
        first.message,
        first.where,
        (f"tried: {step.title}", *first.notes),
        (*first.help, "`pulp-quadlet uninstall` does what is left"),
    )
    return HostError(told, *more, outcome=f"{site} is uninstalled in part")
