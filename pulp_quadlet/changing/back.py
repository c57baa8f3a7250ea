"""The way back to what ran before a change: planned anew from what there is, so that it can begin anywhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

from pulp_quadlet.changing import apply, drain
from pulp_quadlet.changing.host import Host, Tell
from pulp_quadlet.changing.settle import settled
from pulp_quadlet.errors import ConflictError, HostError, Problem
from pulp_quadlet.model.generation import Generation, Transaction
from pulp_quadlet.model.steps import ChangeUnit, Install, StartUnits
from pulp_quadlet.model.verdict import Verdict
from pulp_quadlet.planning.plan import plan_back
from pulp_quadlet.planning.sequence import all_stopped

_LOOKS = 3
"""Plans that a way back is made of at most: a service that fails over and over would need one more each time."""


async def go_back(opened: Transaction, host: Host, tell: Tell) -> Verdict:
    """Make the host what it was before the change. Raises HostError; then the change stays open, for the next try."""
    between = f"{opened.site} is between two generations"
    try:
        return await _go_back(opened, host, tell)
    except HostError as error:
        raise HostError(*error.problems, outcome=between) from error
    except asyncio.CancelledError:
        uncancel()
        raise HostError(*cancelled().problems, outcome=between) from None


async def _go_back(opened: Transaction, host: Host, tell: Tell) -> Verdict:
    good = await host.read(opened.site, opened.before)
    if opened.before:
        await host.restage(opened.site, opened.before)
    if opened.dump and opened.migrating:
        await _undo_migration(opened, good, host, tell)
    else:
        await _settle_database(good, host, tell)
    await host.restore_secrets(opened.replaced_secrets)
    await _steps_back(opened, good, host, tell)
    if not opened.before:
        # a process that died between the links and this left nothing to see it by
        await host.reload_units()
    verdict = await settled(good.deployment, host)
    if opened.before and await host.good(opened.site) != opened.before:
        await host.commit(opened.site, opened.before)
    await host.end(opened.site)
    return verdict


async def _steps_back(opened: Transaction, good: Generation, host: Host, tell: Tell) -> None:
    """What systemd was asked for before this process began is still done while it plans. So it looks again."""
    restored = frozenset(opened.replaced_secrets)
    for _ in range(_LOOKS):
        state = await host.observe(good)
        back = plan_back(good.deployment, good.tree, state, opened.before, restored)
        restored = frozenset()
        if not back.steps:
            return
        problems: list[Problem] = []
        for number, step in enumerate(back.steps, 1):
            tell.step(number, len(back.steps), step)
            if problems and isinstance(step, Install):
                break  # what could not be stopped would be in no generation then, and nobody would stop it any more
            try:
                await drain.told(apply.do(good, step, host), step, good.deployment, host, tell)
            except HostError as error:
                if not isinstance(step, StartUnits | ChangeUnit):
                    raise
                problems += error.problems  # the other services come back all the same
        if problems:
            raise HostError(*problems)


async def begin_return(opened: Transaction, host: Host, tell: Tell) -> Verdict:
    """Go back to `opened.before` on purpose, and to its dump of the database: what was written since is lost.

    Raises HostError; then the next start goes on with it.
    """
    try:
        await host.begin(opened)
    except HostError:
        with suppress(HostError):
            await host.end(opened.site)
        raise
    return await go_back(opened, host, tell)


async def returned(
    opened: Transaction, host: Host, tell: Tell, error: HostError | ConflictError
) -> HostError | ConflictError:
    """The same failure, after going back, with what there is now."""
    tell.say(f"going back to {named(opened.before)}, because {error.problems[0].message}")
    try:
        verdict = await go_back(opened, host, tell)
    except HostError as second:
        help_ = ("see what stands in the way, then `pulp-quadlet apply`, which goes back first",)
        first, *others = second.problems
        more = Problem(
            code="return-failed",
            message=f"going back failed too: {first.message}",
            notes=first.notes,
            help=(*first.help, *help_),
        )
        return type(error)(*error.problems, more, *others, outcome=f"{opened.site} is between two generations")
    state = verdict.sentence if opened.before else "nothing of it is left running; images, secrets and data are kept"
    return type(error)(*error.problems, outcome=f"{opened.site} went back to {named(opened.before)}: {state}")


async def _settle_database(good: Generation, host: Host, tell: Tell) -> None:
    """A database that does not answer is told, and is no reason to leave everything else as it is."""
    try:
        await host.settle_database(good)
    except HostError as error:
        tell.say(f"what a dump may have left in the database stays there: {error.problems[0].message}")


async def _undo_migration(opened: Transaction, good: Generation, host: Host, tell: Tell) -> None:
    """Nobody may use the database while it becomes what it was."""
    state = await host.observe(good)
    why = ("the database becomes what it was",)
    # a migration that failed would be started again by systemd, and find the restored database
    migrations = (each for each in good.deployment.services if each.role == "migrate")
    stops = (ChangeUnit(verb="stop", unit=f"{each.name}.service", why=why) for each in migrations)
    for step in (*stops, *all_stopped(good.deployment, state, why)):
        await apply.do(good, step, host)
    tell.say(f"restoring the database from {opened.dump}")
    await host.restore_database(good, opened.dump)
    await host.begin(replace(opened, migrating=False))


def named(number: int) -> str:
    """A generation in a sentence."""
    return f"generation {number}" if number else "a host without it"


def cancelled() -> HostError:
    """What a cancelled task is told as."""
    return HostError(Problem(code="cancelled", message="the change was cancelled"))


def uncancel() -> None:
    """The task that was cancelled has still something to do."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
