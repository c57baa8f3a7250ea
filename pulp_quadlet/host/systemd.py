"""systemd, over D-Bus: states of units, jobs and their results, and the reload that runs the generators."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pulp_quadlet.dbus.errors import BusCallError, BusUnreachable
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.model.host_state import UnitState

if TYPE_CHECKING:
    from pulp_quadlet.dbus.connection import Bus
    from pulp_quadlet.dbus.signals import Signal

_NAME = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_MANAGER = f"{_NAME}.Manager"
_UNIT = f"{_NAME}.Unit"
_SERVICE = f"{_NAME}.Service"
Mode = Literal["replace", "ignore-dependencies"]
"""What becomes of other jobs and of what the unit depends on (`JOB MODES` of org.freedesktop.systemd1(5))."""
_METHODS = {"start": "StartUnit", "stop": "StopUnit", "restart": "RestartUnit", "reload": "ReloadUnit"}
_DONE = {"start": "started", "stop": "stopped", "restart": "restarted", "reload": "reloaded"}
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
            states = await asyncio.gather(*(_state(bus, row) for row in listed))
            return {row[0]: state for row, state in zip(listed, states, strict=True)}

    async def change(self, verb: str, unit: str, mode: Mode) -> None:
        """Stop, restart or reload a unit. Raises HostError unless systemd's job ends with `done`."""
        await self._jobs(verb, (unit,), mode)

    async def start(self, units: tuple[str, ...], mode: Mode = "replace") -> None:
        """Start units at the same time. Raises HostError unless all of systemd's jobs end with `done`."""
        if units:
            await self._jobs("start", units, mode)

    async def kill(self, unit: str, signal: int, whom: Literal["main", "control", "all"] = "main") -> None:
        """Send a signal to processes of a unit. Raises HostError when it has none."""
        async with _bus() as bus:
            await _call(bus, "KillUnit", "ssi", unit, whom, signal)

    async def reload(self) -> None:
        """`systemctl daemon-reload`; answers when it is done."""
        async with _bus() as bus:
            await _call(bus, "Reload")

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


class _Jobs:
    """Results of jobs. They are collected from before the job exists, since the signal may come with the answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._results: dict[str, str] = {}
        self._changed = asyncio.Event()
        bus.closed.add_done_callback(lambda _closed: self._changed.set())

    async def subscribe(self) -> None:
        await self._bus.signals(
            sender=_NAME, interface=_MANAGER, member="JobRemoved", path=_PATH, callback=self._received
        )
        await _call(self._bus, "Subscribe")

    async def result(self, job: str) -> str:
        while job not in self._results:
            if self._bus.closed.done():
                raise BusUnreachable("the connection was lost")
            self._changed.clear()
            await self._changed.wait()
        return self._results[job]

    def _received(self, signal: Signal) -> None:
        _number, path, _unit, result = signal.arguments
        self._results[path] = result
        self._changed.set()


@asynccontextmanager
async def _bus() -> AsyncIterator[Bus]:
    # here, since most of the command line does without it
    from pulp_quadlet.dbus.connection import connected

    try:
        async with connected() as bus:
            yield bus
    except BusUnreachable as error:
        raise HostError(
            Problem(
                code="systemd-unreachable",
                message="systemd cannot be reached over the system bus",
                notes=(error.reason,),
                help=(
                    "a site is applied as root on a host that systemd has booted; `pulp-quadlet render` works anywhere",
                ),
            )
        ) from error


async def _call(bus: Bus, member: str, signature: str = "", *body: Any) -> list[Any]:
    """A method of the service manager."""
    try:
        return await bus.call(_NAME, _PATH, _MANAGER, member, signature, *body)
    except BusCallError as error:
        raise _refused(member, error) from error


async def _state(bus: Bus, row: list[Any]) -> UnitState:
    unit, load, active, sub, path = row[0], row[2], row[3], row[4], row[6]
    if load == "not-found":
        return UnitState()
    state = UnitState(
        load=load, active=active, sub=sub, needs_reload=await _property(bus, path, _UNIT, "NeedDaemonReload")
    )
    if not unit.endswith(".service"):
        return state
    return replace(
        state,
        result=await _property(bus, path, _SERVICE, "Result"),
        restarts=await _property(bus, path, _SERVICE, "NRestarts"),
        main_pid=await _property(bus, path, _SERVICE, "MainPID"),
    )


async def _property(bus: Bus, path: str, interface: str, name: str) -> Any:
    try:
        return await bus.property(_NAME, path, interface, name)
    except BusCallError as error:
        raise _refused("Get", error) from error


def _refused(member: str, error: BusCallError) -> HostError:
    said = error.text or error.name
    return HostError(Problem(code="systemd-refused", message=f"systemd refused `{member}`", notes=(said,)))


async def _failed(verb: str, unit: str, result: str) -> Problem:
    """What systemd's journal tells of the failure goes into the notes, so that nobody has to ask for it."""
    argv = ("journalctl", f"--unit={unit}", f"--lines={_READ_LINES}", "--output=cat", "--no-pager")
    log = await asyncio.to_thread(command.run, argv)
    said = tuple(line for line in log.stdout.splitlines() if line.strip() and not _NOISE.match(line))
    return Problem(
        code="unit-failed",
        message=f"{unit} could not be {_DONE[verb]}: systemd's job ended with `{result}`",
        notes=said[-_SHOWN_LINES:],
        help=(f"journalctl --unit={unit} --lines=50",),
    )
