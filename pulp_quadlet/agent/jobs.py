"""Jobs: one at a time, each done by a process of its own and told to the board and to the journal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulp_quadlet.agent import journal
from pulp_quadlet.agent.child import Child, Event, Request
from pulp_quadlet.agent.job import Board, Job, Kind, State, Who
from pulp_quadlet.agent.journal import Journal
from pulp_quadlet.errors import HostError, Problem, PulpQuadletError
from pulp_quadlet.report.told import error_of

KEPT = 60.0
"""How many seconds a job can be read after its end."""
_ENDS: dict[str, State] = {
    "returned": "returned",
    "cancelled": "cancelled",
}  # what a process calls the end; all else failed
_MICROSECONDS = 1_000_000
Short = Callable[[Request], Awaitable[dict[str, Any] | None]]
"""The value of the result, where nothing is to be done; None where a process has to do it."""


class Jobs:
    """All jobs of this agent. `work` is the command that starts a process; `counter` is a file with the last number,
    which goes on over starts of the agent, so that a number in the journal means one job. `short` may know the result
    of an apply without a process.
    """

    def __init__(  # noqa: PLR0913  it is what ties these together
        self,
        work: Sequence[str],
        board: Board,
        told: Journal,
        *,
        counter: Path,
        kept: float = KEPT,
        short: Short | None = None,
    ) -> None:
        self.current: Job | None = None
        self.all: dict[int, Job] = {}
        self.when_died: Callable[[Job], None] = lambda _job: None
        """Called when the process of a job ended without a word; what it had begun lies open."""
        self._work = work
        self._board = board
        self._journal = told
        self._counter = counter
        self._kept = kept
        self._short = short
        self._number = _read_number(counter)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, kind: Kind, site: str, options: dict[str, Any], who: Who) -> Job:
        """A job that begins with the next turn of the event loop, so that nothing is heard of it before its number
        is. Raises HostError when another one runs.
        """
        if self.current is not None:
            raise _busy(self.current)
        self._number += 1
        _write_number(self._counter, self._number)
        since = int(time.time() * _MICROSECONDS)
        job = Job(number=self._number, kind=kind, site=site, who=who, since=since)
        self.current = self.all[job.number] = job
        self._spawn(self._run(job, _request(job, options)))
        return job

    async def end(self) -> None:
        """Ask the running job to go back, and wait until it has."""
        if self.current is not None:
            self.current.control("cancel")
            await self.current.over.wait()

    async def _run(self, job: Job, request: Request) -> None:
        self._board.began(job)
        self._tell(job, f"{job.title} begins", journal.NOTICE, message_id=journal.JOB_BEGAN)
        died = True
        try:
            job.result = await self._short(request) if self._short is not None and job.kind == "apply" else None
            if job.result is None:
                await self._work_on(job, request)
            else:
                job.state = "done"
            died = False
        except PulpQuadletError as error:
            job.state, job.error = "failed", error
        finally:
            self._end(job)
            if died and job.kind != "recover":
                self.when_died(job)

    async def _work_on(self, job: Job, request: Request) -> None:
        child = await Child.start(self._work, request)
        job.meet(child)
        try:
            async for event in child.events():
                self._take(job, event)
        finally:
            await child.end()

    def _take(self, job: Job, event: Event) -> None:
        match event.get("event"):
            case "step":
                self._step(job, event)
            case "line":
                self._board.line(job, str(event.get("text", "")))
            case "note":
                self._note(job, str(event.get("text", "")))
            case "waiting":
                job.state, job.message = "waiting", str(event.get("text", ""))
                self._board.changed(job, "State", "Message")
                self._tell(job, f"{job.title} waits: {job.message}")
            case "result":
                job.state, job.result = "done", event.get("value", {})
            case "error":
                job.state, job.error = _ENDS.get(str(event.get("error")), "failed"), error_of(event)
            case other:
                self._tell(job, f"{job.title}: its process said `{other}`, which nobody knows", journal.WARNING)

    def _note(self, job: Job, text: str) -> None:
        job.message = text
        self._board.noted(job, text)
        self._board.changed(job, "Message")
        self._tell(job, f"{job.title}: {text}")

    def _step(self, job: Job, event: Event) -> None:
        number, count, title = int(event["number"]), int(event["count"]), str(event["title"])
        why = [str(reason) for reason in event.get("why", ())]
        job.state, job.step = "running", title
        job.progress = min(100, max(0, (number - 1) * 100 // max(1, count)))
        job.message = f"step {number} of {count}: {title}"
        self._board.stepped(job, number, count, why)
        self._board.changed(job, "State", "Step", "Progress", "Message")
        because = f", because {'; '.join(why)}" if why else ""
        self._tell(job, f"{job.title}: {job.message}{because}", step=number)

    def _end(self, job: Job) -> None:
        self.current = None
        if job.state == "done":
            job.progress, job.message = 100, "done"
            self._tell(job, f"{job.title} is done", journal.NOTICE, message_id=journal.JOB_ENDED, result=job.state)
        else:
            untold = Problem(code="untold", message="it ended without a result")
            error = job.error or HostError(untold, outcome="it is not known what was changed")
            job.error, job.message = error, f"{error}; {error.outcome}"
            text = "\n".join([f"{job.title} {_ended(job)}: {job.message}", *_notes(error)])
            self._tell(job, text, journal.ERROR, message_id=journal.JOB_ENDED, result=job.state)
        job.over.set()
        self._board.changed(job, "State", "Progress", "Message")
        self._board.ended(job)
        asyncio.get_running_loop().call_later(self._kept, self._forget, job)

    def _forget(self, job: Job) -> None:
        del self.all[job.number]
        self._board.forgotten(job)

    def _tell(self, job: Job, text: str, priority: int = journal.INFO, **fields: Any) -> None:
        self._journal.say(text, priority, job=job.number, site=job.site, kind=job.kind, user=job.who.name, **fields)

    def _spawn(self, story: Any) -> None:
        task = asyncio.get_running_loop().create_task(story)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _request(job: Job, options: dict[str, Any]) -> Request:
    """A recovery has no site file, which may be gone; it is told the name of the site."""
    if job.kind == "recover":
        return Request(verb=job.kind, file="", options={"site": job.site}, job=job.number, user=job.who.name)
    return Request(verb=job.kind, file=job.site, options=options, job=job.number, user=job.who.name)


def _busy(job: Job) -> HostError:
    since = datetime.fromtimestamp(job.since / _MICROSECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return HostError(
        Problem(
            code="busy",
            message=f"{job.title} runs since {since}, and one change is made at a time",
            help=("run it again when that has ended",),
        )
    )


def _ended(job: Job) -> str:
    return {"returned": "went back", "cancelled": "was cancelled"}.get(job.state, "failed")


def _notes(error: PulpQuadletError) -> list[str]:
    return [note for problem in error.problems for note in problem.notes]


def _read_number(counter: Path) -> int:
    try:
        return int(counter.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _write_number(counter: Path, number: int) -> None:
    """A disk that is full takes nothing but this number, which then begins anew some day."""
    part = counter.with_name(f"{counter.name}.new")
    with suppress(OSError):
        part.write_text(str(number), encoding="ascii")
        part.replace(counter)
