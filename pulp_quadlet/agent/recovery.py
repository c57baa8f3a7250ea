"""What an interrupted change left open is ended before anything else is changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pulp_quadlet.agent.job import ROOT, Job
from pulp_quadlet.agent.jobs import Jobs


class Recovery:
    """Looks for open transactions below `home`, where each site has its folder."""

    def __init__(self, jobs: Jobs, home: Path) -> None:
        self._jobs = jobs
        self._home = home
        self._begun = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        jobs.when_died = self._died

    def begin(self) -> None:
        """Start to end what lies open. Whatever wants to change the host waits for `over`."""
        self._begun.set()
        if sites := self._open():
            first = self._jobs.start("recover", sites[0], {}, ROOT)
            self._running = asyncio.get_running_loop().create_task(self._go_on(first, sites[1:]))

    async def over(self) -> None:
        """Nothing lies open any more, or it could not be ended: then the next change has to do so."""
        await self._begun.wait()
        if self._running is not None:
            await asyncio.shield(self._running)

    def _open(self) -> list[str]:
        return sorted(path.parent.name for path in self._home.glob("*/transaction.json"))

    async def _go_on(self, job: Job, more: list[str]) -> None:
        await job.over.wait()
        for site in more:
            await self._jobs.start("recover", site, {}, ROOT).over.wait()

    def _died(self, _job: Job) -> None:
        self.begin()
