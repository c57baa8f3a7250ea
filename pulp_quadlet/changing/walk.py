"""Through the steps of one change, with what has to be written down before some of them."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pulp_quadlet.changing import apply, drain
from pulp_quadlet.changing.change import Change
from pulp_quadlet.changing.host import Host, Tell
from pulp_quadlet.errors import HostError
from pulp_quadlet.model.generation import Transaction
from pulp_quadlet.model.steps import ChangeUnit, DumpDatabase, Install, ProvideSecret, RemovePlugin, Step


class Walk:
    """One change on its way."""

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
        if self.plan.images:
            await self._describe()

    async def _describe(self) -> None:
        """Before anything runs that could change them. Pulp runs without it, and an audit tells that it is missing."""
        try:
            await self._host.describe_images(self._change.wanted.deployment.images)
        except HostError as error:
            self._tell.say(f"no bill of materials was written: {error.problems[0].message}")

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
            if not await stands(await self._host.transaction(opened.site) or opened, self._host):
                raise

    async def rest(self) -> None:
        """All steps but the images."""
        for number, step in enumerate(self.plan.steps, 1):
            if step in self.plan.images:
                continue
            if _needs_the_dump(step) and self.plan.migration and self.plan.migration.dump:
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
                doing = apply.do(wanted, step, self._host)
                await drain.told(doing, step, wanted.deployment, self._host, self._tell)
        except HostError as error:
            told = apply.failed(self.plan, number, error)
            raise HostError(told, *error.problems[1:], outcome=outcome or error.outcome) from error

    async def _note(self, **more: Any) -> None:
        noted = replace(self.opened, **more)
        await self._host.begin(noted)
        self._opened = noted


def _needs_the_dump(step: Step) -> bool:
    """Whether nothing else might undo it."""
    if isinstance(step, RemovePlugin):
        return True
    return isinstance(step, ChangeUnit) and bool(step.mark) and step.unit.endswith("-migrate.service")


async def stands(opened: Transaction, host: Host) -> bool:
    """Whether the change was committed, so that nothing is gone back from."""
    return opened.through or (opened.after != 0 and opened.after == await host.good(opened.site))
