"""One change of a site: all of it, or back to what ran before.

What is about to be done is written down first. A change that was interrupted, by whatever, is found by that at the
next start, and gone back from. The commit is one rename, after Pulp was found healthy.
"""

from __future__ import annotations

import asyncio

from pulp_quadlet.changing.back import cancelled, go_back, named, returned, uncancel
from pulp_quadlet.changing.change import Change, Confirmed, Done
from pulp_quadlet.changing.host import Host, Tell
from pulp_quadlet.changing.settle import health_before, healthy
from pulp_quadlet.changing.walk import Walk, stands
from pulp_quadlet.errors import ConflictError, HostError


async def carry_out(change: Change, host: Host, tell: Tell, confirmed: Confirmed | None = None) -> Done:
    """Do it, and commit it when Pulp is healthy; otherwise go back.

    Raises HostError, which says what failed and what there is now. A cancelled task goes back as well.
    """
    walk = Walk(change, host, tell)
    try:
        await walk.images()
        before = await health_before(change, host)
        await walk.open()
    except asyncio.CancelledError:
        uncancel()
        await walk.forget()
        raise cancelled() from None
    try:
        await walk.rest()
        verdict = await healthy(change, host, tell, before)
        if confirmed is not None:
            await confirmed(verdict)
        await walk.commit()
    except (HostError, ConflictError) as error:
        raise await returned(walk.opened, host, tell, error) from error
    except asyncio.CancelledError:
        uncancel()
        raise await returned(walk.opened, host, tell, cancelled()) from None
    await _tidy_up(change.wanted.site, host, tell)
    return Done(plan=walk.plan, verdict=verdict, generation=walk.number or change.state.generation)


async def provide_images(change: Change, host: Host, tell: Tell) -> None:
    """The steps that can take long and touch nothing that runs. Raises HostError; then nothing was changed."""
    await Walk(change, host, tell).images()


async def recover(site: str, host: Host, tell: Tell) -> str:
    """Bring a change that was interrupted to an end, and say in a sentence what that was. Empty when there is none."""
    opened = await host.transaction(site)
    if opened is None:
        return ""
    what = f"the {opened.kind} of generation {opened.after or opened.before} was interrupted"
    if await stands(opened, host):
        await host.end(site)
        return f"{what} after Pulp was healthy: it is committed"
    tell.say(f"{what}: going back to generation {opened.before}")
    await go_back(opened, host, tell)
    return f"{what}: Pulp went back to {named(opened.before)}"


async def _tidy_up(site: str, host: Host, tell: Tell) -> None:
    """After the commit nothing is gone back from. What cannot be forgotten now is by the next start."""
    ending = asyncio.ensure_future(_ended(site, host))
    while True:
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            uncancel()
            continue
        except HostError as error:
            tell.say(f"the change stands, and is tidied up later: {error.problems[0].message}")
        return


async def _ended(site: str, host: Host) -> None:
    await host.end(site)
    await host.prune()
