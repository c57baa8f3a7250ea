"""Jobs as objects on the bus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pulp_quadlet.agent.access import Access
from pulp_quadlet.agent.contract import JOB, MANAGER, PATH, job_path
from pulp_quadlet.agent.idle import Idle
from pulp_quadlet.agent.job import Job
from pulp_quadlet.agent.options import checked
from pulp_quadlet.dbus.errors import UNKNOWN_METHOD, CallRefused
from pulp_quadlet.dbus.server import Server
from pulp_quadlet.dbus.target import Caller


class JobObject:
    """One job, as the contract has it."""

    def __init__(self, job: Job, access: Access, idle: Idle) -> None:
        self._job = job
        self._access = access
        self._idle = idle

    def properties(self) -> dict[str, Any]:
        job = self._job
        return {
            "Id": job.number,
            "Type": job.kind,
            "Site": job.site,
            "User": job.who.name,
            "Since": job.since,
            "State": job.state,
            "Progress": job.progress,
            "Step": job.step,
            "Message": job.message,
        }

    async def call(self, member: str, arguments: list[Any], caller: Caller) -> Sequence[Any]:
        """See `Target`."""
        with self._idle.answering():
            checked(member, arguments[0])
            who = await self._access.who(caller)
            match member:
                case "Cancel":
                    # a recovery ends what somebody began: nobody but root is to stop it
                    action = "apply" if self._job.kind == "recover" else self._job.kind
                    await self._access.admit_to_job(who, caller, self._job, action)
                    self._job.control("cancel")
                    return ()
                case "Result":
                    await self._access.admit_to_job(who, caller, self._job, "plan")
                    return (json.dumps(await self._job.outcome(), ensure_ascii=False),)
                case _:
                    raise CallRefused(UNKNOWN_METHOD, f"there is no method {member}")


class BusBoard:
    """Tells the bus what happens to jobs. It is made before the server's other objects, and joined to them later."""

    def __init__(self, server: Server, access: Access, idle: Idle) -> None:
        self._server = server
        self._access = access
        self._idle = idle

    def began(self, job: Job) -> None:
        path = job_path(job.number)
        self._server.add(path, {JOB: JobObject(job, self._access, self._idle)})
        self._server.signal(PATH, MANAGER, "JobNew", job.number, path)
        self._server.changed(PATH, MANAGER, "Jobs")

    def changed(self, job: Job, *properties: str) -> None:
        self._server.changed(job_path(job.number), JOB, *properties)

    def stepped(self, job: Job, number: int, count: int, why: list[str]) -> None:
        self._server.signal(job_path(job.number), JOB, "Stepped", number, count, job.step, why)

    def line(self, job: Job, text: str) -> None:
        self._server.signal(job_path(job.number), JOB, "Line", text)

    def noted(self, job: Job, text: str) -> None:
        self._server.signal(job_path(job.number), JOB, "Noted", text)

    def ended(self, job: Job) -> None:
        self._server.signal(PATH, MANAGER, "JobRemoved", job.number, job_path(job.number), job.state)

    def forgotten(self, job: Job) -> None:
        self._server.remove(job_path(job.number))
        self._server.changed(PATH, MANAGER, "Jobs")
