"""One change of a site: all of it, or back to what ran before.

What is about to be done is written down first. A change that was interrupted, by whatever, is found by that at the
next start, and gone back from. The commit is one rename, after Pulp was found healthy.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pulp_quadlet import apply as applying
from pulp_quadlet import drain, gate
from pulp_quadlet.errors import ConflictError, HostError, Problem
from pulp_quadlet.health import judge
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Generation, Transaction
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.plan import ChangeUnit, DumpDatabase, Install, Plan, ProvideSecret, StartUnits, Step
from pulp_quadlet.model.verdict import Observations, Verdict
from pulp_quadlet.plan import plan_back
from pulp_quadlet.sequence import all_stopped

HEALTHY_WITHIN = 180.0
"""Seconds until every process must have told Pulp's database of itself. Each start has a limit of its own besides."""


class Host(applying.Host, drain.Host, Protocol):
    """The machine, as a change needs it. Every method raises HostError."""

    async def observe(self, wanted: Generation) -> HostState:
        """What is there and what runs; reads only."""
        ...

    async def look(self, deployment: Deployment) -> Observations:
        """How the services are, in their own words."""
        ...

    async def stage(self, generation: Generation) -> int:
        """Write a generation beside the others, whole, and return its number. Nothing reads it yet."""
        ...

    async def restage(self, site: str, number: int) -> None:
        """Make the files of a generation again what was written there, where somebody altered them."""
        ...

    async def read(self, site: str, number: int) -> Generation:
        """A generation as it was written. Number 0 is a site that is not there."""
        ...

    async def transaction(self, site: str) -> Transaction | None:
        """The change that was begun and not ended."""
        ...

    async def begin(self, transaction: Transaction) -> None:
        """Write down a change before its first step, or how far it has come."""
        ...

    async def good(self, site: str) -> int:
        """The generation that was committed last; 0 where there is none."""
        ...

    async def commit(self, site: str, number: int, dump: str = "") -> None:
        """From here on this generation is what is gone back to. `dump` is what was made before its migrations."""
        ...

    async def end(self, site: str) -> None:
        """Forget what was written down of the change, and the former bytes of its secrets; drop old generations."""
        ...

    async def restore_secrets(self, names: tuple[str, ...]) -> None:
        """Give secrets the bytes that they had before the change."""
        ...

    async def restore_database(self, generation: Generation, dump: str) -> None:
        """Make the database what it was when it was dumped. No process of Pulp runs meanwhile."""
        ...

    async def settle_database(self, generation: Generation) -> None:
        """End what an interrupted dump left running in the database, if that runs: it would hold locks."""
        ...


class Tell(Protocol):
    """Who hears how far a change is."""

    def step(self, number: int, count: int, step: Step) -> None:
        """A step begins."""
        ...

    def say(self, sentence: str) -> None:
        """Something that a person wants to know, between the steps."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done, as it was planned."""

    wanted: Generation
    plan: Plan
    state: HostState
    versions: gate.Versions = ()
    """Those of the new image, where it is another one."""
    done: tuple[Step, ...] = ()
    """Steps that were done before this was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a change ended."""

    plan: Plan
    verdict: Verdict
    generation: int


_LOOKS = 3
"""Plans that a way back is made of at most: a service that fails over and over would need one more each time."""

Confirmed = Callable[[Verdict], Awaitable[None]]
"""Waits for somebody who says that all is well, and raises HostError when nobody does."""


async def carry_out(change: Change, host: Host, tell: Tell, confirmed: Confirmed | None = None) -> Done:
    """Do it, and commit it when Pulp is healthy; otherwise go back.

    Raises HostError, which says what failed and what there is now. A cancelled task goes back as well.
    """
    walk = _Walk(change, host, tell)
    try:
        await walk.images()
        before = await _health_before(change, host)
        await walk.open()
    except asyncio.CancelledError:
        _uncancel()
        await walk.forget()
        raise _cancelled() from None
    try:
        await walk.rest()
        verdict = await healthy(change, host, tell, before)
        if confirmed is not None:
            await confirmed(verdict)
        await walk.commit()
    except (HostError, ConflictError) as error:
        raise await _returned(walk.opened, host, tell, error) from error
    except asyncio.CancelledError:
        _uncancel()
        raise await _returned(walk.opened, host, tell, _cancelled()) from None
    await _tidy_up(change.wanted.site, host, tell)
    return Done(plan=walk.plan, verdict=verdict, generation=walk.number or change.state.generation)


async def provide_images(change: Change, host: Host, tell: Tell) -> None:
    """The steps that can take long and touch nothing that runs. Raises HostError; then nothing was changed."""
    await _Walk(change, host, tell).images()


async def recover(site: str, host: Host, tell: Tell) -> str:
    """Bring a change that was interrupted to an end, and say in a sentence what that was. Empty when there is none."""
    opened = await host.transaction(site)
    if opened is None:
        return ""
    what = f"the {opened.kind} of generation {opened.after or opened.before} was interrupted"
    if await _stands(opened, host):
        await host.end(site)
        return f"{what} after Pulp was healthy: it is committed"
    tell.say(f"{what}: going back to generation {opened.before}")
    await go_back(opened, host, tell)
    return f"{what}: Pulp went back to {_named(opened.before)}"


async def _stands(opened: Transaction, host: Host) -> bool:
    """Whether the change was committed, so that nothing is gone back from."""
    return opened.through or (opened.after != 0 and opened.after == await host.good(opened.site))


async def go_back(opened: Transaction, host: Host, tell: Tell) -> Verdict:
    """Make the host what it was before the change. Raises HostError; then the change stays open, for the next try."""
    between = f"{opened.site} is between two generations"
    try:
        return await _go_back(opened, host, tell)
    except HostError as error:
        raise HostError(*error.problems, outcome=between) from error
    except asyncio.CancelledError:
        _uncancel()
        raise HostError(*_cancelled().problems, outcome=between) from None


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
                await drain.told(applying.do(good, step, host), step, good.deployment, host, tell)
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


async def settled(deployment: Deployment, host: Host, limit: float = HEALTHY_WITHIN) -> Verdict:
    """The health once it is well, or after `limit` seconds as it is then.

    A process counts for Pulp only when it has written its first heartbeat, some seconds after it serves.
    """
    end = time.monotonic() + limit
    while True:
        verdict = judge_now(await host.look(deployment), deployment)
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
        verdict = judge_now(seen, deployment)
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


async def _health_before(change: Change, host: Host) -> Verdict | None:
    """How the site is before it is changed: what was ill then does not speak against the change."""
    if not change.state.good:
        return None
    runs = (await host.read(change.wanted.site, change.state.good)).deployment
    return judge_now(await host.look(runs), runs)


def judge_now(seen: Observations, deployment: Deployment) -> Verdict:
    """The verdict over what was just seen."""
    return judge(deployment, seen)


class _Walk:
    """Through the steps of one change, with what has to be written down before some of them."""

    def __init__(self, change: Change, host: Host, tell: Tell) -> None:
        self.plan = change.plan
        self.number = 0
        self._change = change
        self._host = host
        self._tell = tell
        self._opened: Transaction | None = None

    @property
    def opened(self) -> Transaction:
        """The change as far as it was written down."""
        if self._opened is None:
            raise RuntimeError("the change was not begun")
        return self._opened

    async def images(self) -> None:
        """What can take long and touches nothing that runs."""
        for number, step in enumerate(self.plan.steps, 1):
            if step in self.plan.images:
                await self._do(number, step, "nothing was changed")

    async def open(self) -> None:
        """Write the generation, and then what is about to happen."""
        wanted, state = self._change.wanted, self._change.state
        if any(isinstance(step, Install) for step in self.plan.steps):
            self.number = await self._host.stage(wanted)
            steps = (replace(s, number=self.number) if isinstance(s, Install) else s for s in self.plan.steps)
            self.plan = replace(self.plan, steps=tuple(steps))
        secrets = (step.secret for step in self.plan.steps if isinstance(step, ProvideSecret))
        self._opened = Transaction(
            site=wanted.site,
            kind=wanted.origin.kind,
            before=state.good,
            after=self.number,
            job=wanted.origin.job,
            user=wanted.origin.user,
            began=time.time(),
            replaced_secrets=tuple(secret.name for secret in secrets if secret.name in state.secrets),
        )
        try:
            await self._host.begin(self._opened)
        except HostError:
            await self.forget()
            raise

    async def forget(self) -> None:
        """Nothing was done of what may have been written down. If that cannot be removed, the next start does so."""
        if self._opened is not None:
            with suppress(HostError):
                await self._host.end(self._opened.site)

    async def commit(self) -> None:
        """From here on it stands."""
        opened = self.opened
        try:
            if opened.after:
                await self._host.commit(opened.site, opened.after, opened.dump)
            else:
                await self._note(through=True)
        except HostError:
            # what others would find is what counts
            if not await _stands(await self._host.transaction(opened.site) or opened, self._host):
                raise

    async def rest(self) -> None:
        """All steps but the images."""
        for number, step in enumerate(self.plan.steps, 1):
            if step in self.plan.images:
                continue
            if _migrates(step) and self.plan.migration and self.plan.migration.dump:
                await self._note(migrating=True)
            await self._do(number, step, "")

    async def _do(self, number: int, step: Step, outcome: str) -> None:
        done = len(self._change.done)
        self._tell.step(done + number, done + len(self.plan.steps), step)
        try:
            if isinstance(step, DumpDatabase):
                await self._note(dump=await self._host.dump_database(self._change.wanted))
            else:
                wanted = self._change.wanted
                doing = applying.do(wanted, step, self._host)
                await drain.told(doing, step, wanted.deployment, self._host, self._tell)
        except HostError as error:
            told = applying.failed(self.plan, number, error)
            raise HostError(told, *error.problems[1:], outcome=outcome or error.outcome) from error

    async def _note(self, **more: Any) -> None:
        noted = replace(self.opened, **more)
        await self._host.begin(noted)
        self._opened = noted


def _migrates(step: Step) -> bool:
    return isinstance(step, ChangeUnit) and bool(step.mark) and step.unit.endswith("-migrate.service")


def _cancelled() -> HostError:
    return HostError(Problem(code="cancelled", message="the change was cancelled"))


async def _tidy_up(site: str, host: Host, tell: Tell) -> None:
    """After the commit nothing is gone back from. What cannot be forgotten now is by the next start."""
    ending = asyncio.ensure_future(host.end(site))
    while True:
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            _uncancel()
            continue
        except HostError as error:
            tell.say(f"the change stands, and is tidied up later: {error.problems[0].message}")
        return


async def _returned(
    opened: Transaction, host: Host, tell: Tell, error: HostError | ConflictError
) -> HostError | ConflictError:
    """The same failure, after going back, with what there is now."""
    tell.say(f"going back to {_named(opened.before)}, because {error.problems[0].message}")
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
    return type(error)(*error.problems, outcome=f"{opened.site} went back to {_named(opened.before)}: {state}")


def _named(number: int) -> str:
    return f"generation {number}" if number else "a host without it"


def _uncancel() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


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
        await applying.do(good, step, host)
    tell.say(f"restoring the database from {opened.dump}")
    await host.restore_database(good, opened.dump)
    await host.begin(replace(opened, migrating=False))
