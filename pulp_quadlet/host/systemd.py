"""systemd, over D-Bus: states of units, jobs and their results, and the reload that runs the generators."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.model.host_state import UnitState

if TYPE_CHECKING:
    from dbus_next.aio.message_bus import MessageBus
    from dbus_next.message import Message

_NAME = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_BUS = "org.freedesktop.DBus"
_MANAGER = "org.freedesktop.systemd1.Manager"
_METHODS = {"start": "StartUnit", "stop": "StopUnit", "restart": "RestartUnit"}
_READ_LINES = 40
_SHOWN_LINES = 12
# what Podman and its monitor say about every container, whatever happens to it
_NOISE = re.compile(r"\d{4}-\d\d-\d\d .* m=\+[\d.]+ |conmon [0-9a-f]+ |[0-9a-f]{64}$|.*: Killing process ")


class Systemd:
    """The system's service manager. Connections are short: one for each question."""

    async def states(self, units: tuple[str, ...]) -> dict[str, UnitState]:
        """The states of units, also of those that systemd does not know."""
        async with _bus() as bus:
            listed = (await _call(bus, "ListUnitsByNames", "as", list(units)))[0]
            return {row[0]: await _state(bus, row) for row in listed}

    async def change(self, verb: str, unit: str, mode: Literal["replace", "ignore-dependencies"]) -> None:
        """Stop or restart a unit. Raises HostError unless systemd's job ends with `done`."""
        await self._jobs(verb, (unit,), mode)

    async def start(self, units: tuple[str, ...]) -> None:
        """Start units at the same time. Raises HostError unless all of systemd's jobs end with `done`."""
        await self._jobs("start", units, "replace")

    async def _jobs(self, verb: str, units: tuple[str, ...], mode: str) -> None:
        async with _bus() as bus:
            jobs = _Jobs(bus)
            await jobs.subscribe()
            numbers = {unit: (await _call(bus, _METHODS[verb], "ss", unit, mode))[0] for unit in units}
            results = {unit: await jobs.result(job) for unit, job in numbers.items()}
        failed = {unit: result for unit, result in results.items() if result != "done"}
        # a unit that was not started because of another one is not the one to look at
        causes = {unit: result for unit, result in failed.items() if result != "dependency"} or failed
        if causes:
            raise HostError(*[await _failed(verb, unit, result) for unit, result in causes.items()])

    async def reload(self) -> None:
        """`systemctl daemon-reload`; answers when it is done."""
        async with _bus() as bus:
            await _call(bus, "Reload")


class _Jobs:
    """Results of jobs. They are collected from before the job exists, since the signal may come with the answer."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._results: dict[str, str] = {}
        self._changed = asyncio.Event()
        bus.add_message_handler(self._received)

    async def subscribe(self) -> None:
        rule = f"type='signal',sender='{_NAME}',interface='{_MANAGER}',member='JobRemoved'"
        await _ask(self._bus, _BUS, "/org/freedesktop/DBus", "AddMatch", "s", rule)
        await _call(self._bus, "Subscribe")

    async def result(self, job: str) -> str:
        while job not in self._results:
            self._changed.clear()
            await self._changed.wait()
        return self._results[job]

    def _received(self, message: Message) -> None:
        if message.member == "JobRemoved" and message.interface == _MANAGER:
            _number, path, _unit, result = message.body
            self._results[path] = result
            self._changed.set()


@asynccontextmanager
async def _bus() -> AsyncIterator[MessageBus]:
    # dbus-next warns about a decorator of `typing` that is going away; the user can do nothing about it
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from dbus_next.aio.message_bus import MessageBus
        from dbus_next.constants import BusType
    try:
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    except (OSError, EOFError) as error:
        raise HostError(
            Problem(
                code="systemd-unreachable",
                message="systemd cannot be reached over the system bus",
                notes=(str(error),),
                help=(
                    "a site is applied as root on a host that systemd has booted; `pulp-quadlet render` works anywhere",
                ),
            )
        ) from error
    try:
        yield bus
    finally:
        bus.disconnect()  # type: ignore[no-untyped-call]  # the library's own omission


async def _call(bus: MessageBus, member: str, signature: str = "", *body: Any) -> list[Any]:
    """A method of the service manager."""
    return await _ask(bus, _MANAGER, _PATH, member, signature, *body)


async def _ask(bus: MessageBus, interface: str, path: str, member: str, signature: str, *body: Any) -> list[Any]:
    from dbus_next.constants import MessageType
    from dbus_next.message import Message

    message = Message(
        # the bus itself, for the subscription; systemd for all else
        destination=interface if interface == _BUS else _NAME,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=list(body),
    )
    reply = await bus.call(message)
    if reply is None or reply.message_type is MessageType.ERROR:
        said = str(reply.body[0]) if reply and reply.body else "no answer"
        raise HostError(Problem(code="systemd-refused", message=f"systemd refused `{member}`", notes=(said,)))
    return list(reply.body)


async def _state(bus: MessageBus, row: list[Any]) -> UnitState:
    unit, load, active, sub, path = row[0], row[2], row[3], row[4], row[6]
    if load == "not-found":
        return UnitState()
    is_service = unit.endswith(".service")
    result = await _property(bus, path, "org.freedesktop.systemd1.Service", "Result") if is_service else ""
    needs_reload = await _property(bus, path, "org.freedesktop.systemd1.Unit", "NeedDaemonReload")
    return UnitState(load=load, active=active, sub=sub, result=result, needs_reload=needs_reload)


async def _property(bus: MessageBus, path: str, interface: str, name: str) -> Any:
    body = await _ask(bus, "org.freedesktop.DBus.Properties", path, "Get", "ss", interface, name)
    return body[0].value


async def _failed(verb: str, unit: str, result: str) -> Problem:
    """What systemd's journal tells of the failure goes into the notes, so that nobody has to ask for it."""
    argv = ("journalctl", f"--unit={unit}", f"--lines={_READ_LINES}", "--output=cat", "--no-pager")
    log = await asyncio.to_thread(command.run, argv)
    said = tuple(line for line in log.stdout.splitlines() if line.strip() and not _NOISE.match(line))
    done = {"start": "started", "stop": "stopped", "restart": "restarted"}[verb]
    return Problem(
        code="unit-failed",
        message=f"{unit} could not be {done}: systemd's job ended with `{result}`",
        notes=said[-_SHOWN_LINES:],
        help=(f"journalctl --unit={unit} --lines=50",),
    )
