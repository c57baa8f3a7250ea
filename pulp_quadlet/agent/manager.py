"""The Manager of the contract: who asks, whether he may, which file, and then the question or the job."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pulp_quadlet import __version__
from pulp_quadlet.agent import sitefile
from pulp_quadlet.agent.access import Access
from pulp_quadlet.agent.contract import job_path
from pulp_quadlet.agent.idle import Idle
from pulp_quadlet.agent.job import Job, Kind, Who
from pulp_quadlet.agent.jobs import Jobs
from pulp_quadlet.agent.options import checked, checked_seconds
from pulp_quadlet.agent.questions import Questions
from pulp_quadlet.agent.recovery import Recovery
from pulp_quadlet.agent.watching import Watching
from pulp_quadlet.dbus.errors import UNKNOWN_METHOD, CallRefused
from pulp_quadlet.dbus.target import Caller
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.paths import HOME

_QUESTIONS = {"Check": "check", "Plan": "plan", "History": "history", "Health": "health", "Inventory": "inventory"}
_CHANGES: dict[str, tuple[Kind, str]] = {
    "Apply": ("apply", ""),
    "Try": ("try", "seconds"),
    "Rollback": ("rollback", "generation"),
    "Uninstall": ("uninstall", ""),
}
"""Each with the name of its own argument between the file and the options."""


class Leavings(Protocol):
    """What is needed of the message bus."""

    async def vanished(self, sender: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when a connection is gone."""
        ...


class Manager:
    """Answers calls; knows everybody, and does nothing by itself."""

    def __init__(  # noqa: PLR0913, PLR0917  it is what ties these together
        self,
        bus: Leavings,
        access: Access,
        jobs: Jobs,
        questions: Questions,
        watching: Watching,
        recovery: Recovery,
        idle: Idle,
        home: str = HOME,
    ) -> None:
        self._bus = bus
        self._access = access
        self._jobs = jobs
        self._questions = questions
        self._watching = watching
        self._recovery = recovery
        self._idle = idle
        self._home = home

    def properties(self) -> dict[str, Any]:
        return {
            "Version": __version__,
            "Jobs": [job_path(number) for number in self._jobs.all],
            "Watched": self._watching.files,
        }

    async def call(self, member: str, arguments: list[Any], caller: Caller) -> Sequence[Any]:
        """See `Target`. Who may not do a thing does not learn from the error whether the rest was right."""
        with self._idle.answering():
            who = await self._access.who(caller)
            if member in _QUESTIONS:
                return await self._ask(member, arguments, who, caller)
            if member in _CHANGES:
                return await self._change(member, arguments, who, caller)
            *file, options = arguments
            checked(member, options)
            match member:
                case "Metrics":
                    return await self._metrics(who, caller)
                case "Confirm":
                    return await self._confirm(who, caller)
                case "Watch" | "Unwatch":
                    return await self._watch(member, file[0], options, who, caller)
                case _:
                    raise CallRefused(UNKNOWN_METHOD, f"there is no method {member}")

    async def _ask(self, member: str, arguments: list[Any], who: Who, caller: Caller) -> tuple[str]:
        file, options = arguments
        verb = _QUESTIONS[member]
        await self._access.admit(who, caller, verb, {"site_file": file})
        checked(member, options)
        self._check_file(file, who)
        return (json.dumps(await self._questions.ask(verb, file, options, who.uid), ensure_ascii=False),)

    async def _metrics(self, who: Who, caller: Caller) -> tuple[str]:
        await self._access.admit(who, caller, "health", {})
        answer = await self._questions.ask("metrics", "", {}, who.uid)
        return (str(answer["text"]),)

    async def _change(self, member: str, arguments: list[Any], who: Who, caller: Caller) -> tuple[int, str]:
        file, *more, options = arguments
        kind, argument = _CHANGES[member]
        given = {argument: more[0]} if argument else {}
        details = {"site_file": file, **{key: str(value) for key, value in given.items()}}
        await self._access.admit(who, caller, kind, details)
        request = {**checked(member, options), **given}
        checked_seconds(request.get("seconds", 1))
        self._check_file(file, who)
        await self._recovery.over()
        start = self._try if kind == "try" else self._start
        job = await start(kind, file, request, who)
        return job.number, job_path(job.number)

    async def _start(self, kind: Kind, file: str, options: dict[str, Any], who: Who) -> Job:
        return self._jobs.start(kind, file, options, who)

    async def _try(self, kind: Kind, file: str, options: dict[str, Any], who: Who) -> Job:
        """A job that goes back when its caller is gone, as if he had asked for it."""
        begun: list[Job] = []
        gone: list[bool] = []

        def left() -> None:
            gone.append(True)
            if begun and not begun[0].confirmed:
                begun[0].control("cancel")

        await self._bus.vanished(who.connection, left)
        if gone:
            raise HostError(Problem(code="caller-left", message="the caller has left before the job began"))
        job = self._jobs.start(kind, file, options, who)
        begun.append(job)
        return job

    async def _confirm(self, who: Who, caller: Caller) -> tuple[()]:
        job = self._jobs.current
        if job is None or job.kind != "try":
            await self._access.admit(who, caller, "try", {})
            raise HostError(
                Problem(
                    code="no-try",
                    message="no try is running that could be confirmed",
                    help=("`pulp-quadlet history` shows which generation is applied",),
                )
            )
        await self._access.admit_to_job(who, caller, job, "try")
        if job.state != "waiting":
            raise HostError(
                Problem(
                    code="try-not-ready",
                    message=f"{job.title} is not ready to be confirmed: {job.message or 'it begins'}",
                    help=("confirm it when it says that it waits",),
                )
            )
        job.confirmed = True
        job.control("confirm")
        await job.outcome()
        return ()

    async def _watch(self, member: str, file: str, options: dict[str, Any], who: Who, caller: Caller) -> tuple[()]:
        await self._access.admit(who, caller, "watch", {"site_file": file})
        self._check_file(file, who)
        if member == "Watch":
            await self._watching.watch(file, options, caller.name)
        else:
            await self._watching.unwatch(file, caller.name)
        return ()

    def _check_file(self, file: str, who: Who) -> None:
        sitefile.check(file, for_root=who.uid == 0, home=self._home)
