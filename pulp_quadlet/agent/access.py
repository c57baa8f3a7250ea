"""Who may do what: root everything, all others what polkit allows them."""

from __future__ import annotations

import asyncio
import pwd
from collections.abc import Mapping
from typing import Any, Protocol

from pulp_quadlet.agent.contract import ACTION
from pulp_quadlet.agent.job import Job, Who
from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.dbus.target import Caller
from pulp_quadlet.errors import AccessError, Problem

_POLKIT = "org.freedesktop.PolicyKit1"
_PATH = "/org/freedesktop/PolicyKit1/Authority"
_AUTHORITY = f"{_POLKIT}.Authority"
_MAY_ASK_THE_USER = 1


class Bus(Protocol):
    """What is needed of the message bus."""

    async def uid_of(self, sender: str) -> int:
        """The user behind a connection."""
        ...

    async def call(
        self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        """The answer's values. Raises BusCallError."""
        ...


class Access:
    """Asks the bus who calls, and polkit whether he may."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def who(self, caller: Caller) -> Who:
        """The user behind a caller. Raises AccessError when the caller is gone."""
        try:
            uid = await self._bus.uid_of(caller.name)
        except BusCallError as error:
            raise AccessError(Problem(code="access-denied", message="the caller has left the bus")) from error
        # in a thread: where users come from a network, this may take long
        return Who(uid=uid, name=await asyncio.to_thread(_name, uid), connection=caller.name)

    async def admit(self, who: Who, caller: Caller, action: str, details: Mapping[str, str]) -> None:
        """Return when this user may do this. `details` are what polkit's rules and questions can show of the call.

        Raises AccessError.
        """
        if who.uid == 0:
            return
        action_id = f"{ACTION}.{action}"
        # ours: `$(site_file)` in a message of polkit is filled in from the details
        shown = {key: value[:200] for key, value in details.items()}
        flags = _MAY_ASK_THE_USER if caller.interactive else 0
        subject = ["system-bus-name", {"name": caller.name}]
        try:
            [[allowed, challenge, _more]] = await self._bus.call(
                *(_POLKIT, _PATH, _AUTHORITY, "CheckAuthorization", "(sa{sv})sa{ss}us"),
                *(subject, action_id, shown, flags, ""),
            )
        except BusCallError as error:
            raise _denied(who, action_id, f"polkit could not be asked: {error}") from error
        if not allowed:
            raise _denied(who, action_id, "polkit wants a password for it" if challenge else "polkit does not allow it")

    async def admit_to_job(self, who: Who, caller: Caller, job: Job, action: str) -> None:
        """Return when this user started the job, or may do this. Raises AccessError."""
        if who.uid != job.who.uid:
            await self.admit(who, caller, action, {"site_file": job.site, "job": str(job.number)})


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _denied(who: Who, action_id: str, why: str) -> AccessError:
    return AccessError(
        Problem(
            code="access-denied",
            message=f"{who.name} may not do this",
            notes=(f"{action_id}: {why}",),
            help=("do it as root, or admit the user by a rule of polkit(8)",),
        )
    )
