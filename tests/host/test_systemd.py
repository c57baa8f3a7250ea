"""systemd over the bus: states, jobs and what is told when they fail. A service of ours plays systemd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.dbus.connection import connected
from pulp_quadlet.dbus.errors import CallRefused
from pulp_quadlet.dbus.server import Caller, Server
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.machine import Machine
from pulp_quadlet.host.systemd import Systemd
from pulp_quadlet.model.host_state import UnitState
from tests.dbus.daemon import Daemon
from tests.dbus.world import play, until

NAME = "org.freedesktop.systemd1"
ROOT = "/org/freedesktop/systemd1"
UNKNOWN = "missing.service"


def method(name: str, takes: str, gives: str = "") -> str:
    arguments = "".join(f'<arg type="{kind}" direction="in"/>' for kind in takes.split())
    result = f'<arg type="{gives}" direction="out"/>' if gives else ""
    return f'<method name="{name}">{arguments}{result}</method>'


def has(name: str, kind: str) -> str:
    return f'<property name="{name}" type="{kind}" access="read"/>'


CONTRACT = f"""<node>
  <interface name="{NAME}.Manager">
    {method("Subscribe", "")}{method("Reload", "")}{method("KillUnit", "s s i")}
    {method("ListUnitsByNames", "as", "a(ssssssouso)")}
    {"".join(method(f"{verb}Unit", "s s", "o") for verb in ("Start", "Stop", "Restart", "Reload"))}
    <signal name="JobRemoved"><arg type="u"/><arg type="o"/><arg type="s"/><arg type="s"/></signal>
  </interface>
  <interface name="{NAME}.Unit">{has("NeedDaemonReload", "b")}</interface>
  <interface name="{NAME}.Service">{has("Result", "s")}{has("NRestarts", "u")}{has("MainPID", "u")}</interface>
</node>"""


@dataclass(slots=True)
class Fixed:
    """An interface with nothing but properties."""

    values: dict[str, Any]

    async def call(self, member: str, _arguments: list[Any], _caller: Caller) -> Sequence[Any]:
        raise AssertionError(member)

    def properties(self) -> dict[str, Any]:
        return self.values


@dataclass(slots=True)
class Manager:
    """Every job ends with the result that is given here for its unit, or with `done`; None is a job without an end."""

    server: Server
    results: dict[str, str | None] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)

    async def call(self, member: str, arguments: list[Any], _caller: Caller) -> Sequence[Any]:
        if member == "ListUnitsByNames":
            return ([self._row(unit) for unit in arguments[0]],)
        if member != "Subscribe":
            self.calls.append((member, *(str(each) for each in arguments)))
        if UNKNOWN in arguments:
            raise CallRefused(f"{NAME}.NoSuchUnit", f"Unit {UNKNOWN} not loaded.")
        if member not in {"StartUnit", "StopUnit", "RestartUnit", "ReloadUnit"}:
            return ()
        return (self._job(arguments[0]),)

    def properties(self) -> dict[str, Any]:
        return {}

    def _job(self, unit: str) -> str:
        path = f"{ROOT}/job/{len(self.calls)}"
        result = self.results.get(unit, "done")
        if result is not None:
            # outside of the call, so that it is sent before its answer, as systemd may
            Context().run(
                self.server.signal, ROOT, f"{NAME}.Manager", "JobRemoved", len(self.calls), path, unit, result
            )
        return path

    def _row(self, unit: str) -> tuple[Any, ...]:
        path = f"{ROOT}/unit/{unit.replace('.', '_')}"
        states = ("not-found", "inactive", "dead") if unit == UNKNOWN else ("loaded", "active", "running")
        return (unit, "", *states, "", path, 0, "", "/")


@asynccontextmanager
async def played(address: str) -> AsyncIterator[Manager]:
    async with connected(address) as bus:
        server = Server(bus, CONTRACT, describe=str, name=NAME)
        manager = Manager(server)
        server.add(ROOT, {f"{NAME}.Manager": manager})
        unit, service = f"{NAME}.Unit", f"{NAME}.Service"
        process = {"Result": "success", "NRestarts": 2, "MainPID": 7}
        server.add(f"{ROOT}/unit/x_service", {unit: Fixed({"NeedDaemonReload": True}), service: Fixed(process)})
        server.add(f"{ROOT}/unit/x_socket", {unit: Fixed({"NeedDaemonReload": False})})
        await bus.own(NAME)
        yield manager


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
    yield daemon
    daemon.kill()


async def problems(of: Any) -> tuple[Problem, ...]:
    with pytest.raises(HostError) as raised:
        await of
    return raised.value.problems


@pytest.mark.lab
def test_states_are_told_in_the_words_of_systemd(daemon: Daemon) -> None:
    async def story() -> None:
        async with played(daemon.address):
            socket = UnitState(load="loaded", active="active", sub="running")
            assert await Systemd().states(("x.service", "x.socket", UNKNOWN)) == {
                "x.service": replace(socket, result="success", needs_reload=True, restarts=2, main_pid=7),
                "x.socket": socket,
                UNKNOWN: UnitState(),
            }

    play(story())


@pytest.mark.lab
def test_each_verb_is_a_method(daemon: Daemon) -> None:
    async def story() -> None:
        async with played(daemon.address) as manager:
            systemd = Systemd()
            await systemd.start(("a.service", "b.service"))
            await systemd.start(("c.target",), "ignore-dependencies")
            await systemd.start(())
            await systemd.change("stop", "a.service", "replace")
            await systemd.change("restart", "a.service", "ignore-dependencies")
            await systemd.change("reload", "a.service", "replace")
            await systemd.kill("a.service", 1)
            await systemd.kill("a.service", 15, "all")
            await systemd.reload()
            assert manager.calls == [
                ("StartUnit", "a.service", "replace"),
                ("StartUnit", "b.service", "replace"),
                ("StartUnit", "c.target", "ignore-dependencies"),
                ("StopUnit", "a.service", "replace"),
                ("RestartUnit", "a.service", "ignore-dependencies"),
                ("ReloadUnit", "a.service", "replace"),
                ("KillUnit", "a.service", "main", "1"),
                ("KillUnit", "a.service", "all", "15"),
                ("Reload",),
            ]

    play(story())


@pytest.mark.lab
def test_targets_start_last_and_wait_for_nothing_that_comes_before_them(daemon: Daemon) -> None:
    """At boot, the unit that applies a site file comes before the target that this starts: it would wait for itself."""

    async def story() -> None:
        async with played(daemon.address) as manager:
            await Machine().start_units(("pulp.target", "a.service", "b.socket"))
            assert manager.calls == [
                ("StartUnit", "a.service", "replace"),
                ("StartUnit", "b.socket", "replace"),
                ("StartUnit", "pulp.target", "ignore-dependencies"),
            ]

    play(story())


@pytest.mark.lab
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda systemd: systemd.start(("x.service",)), "x.service could not be started"),
        (lambda systemd: systemd.change("stop", "x.service", "replace"), "x.service could not be stopped"),
        (lambda systemd: systemd.change("restart", "x.service", "replace"), "x.service could not be restarted"),
        (lambda systemd: systemd.change("reload", "x.service", "replace"), "x.service could not be reloaded"),
    ],
)
def test_a_job_that_fails_says_where_to_look(daemon: Daemon, call: Callable[[Systemd], Any], message: str) -> None:
    async def story() -> None:
        async with played(daemon.address) as manager:
            manager.results["x.service"] = "timeout"
            [problem] = await problems(call(Systemd()))
            assert problem.code == "unit-failed"
            assert problem.message == f"{message}: systemd's job ended with `timeout`"
            assert problem.help == ("journalctl --unit=x.service --lines=50",)

    play(story())


@pytest.mark.lab
def test_the_cause_is_told_and_not_its_consequences(daemon: Daemon) -> None:
    async def story() -> None:
        async with played(daemon.address) as manager:
            manager.results.update({"x.service": "dependency", "y.service": "failed"})
            [problem] = await problems(Systemd().start(("x.service", "y.service", "z.service")))
            assert problem.message == "y.service could not be started: systemd's job ended with `failed`"

    play(story())


@pytest.mark.lab
def test_a_refusal_is_passed_on(daemon: Daemon) -> None:
    async def story() -> None:
        async with played(daemon.address):
            refused = Problem(
                code="systemd-refused", message="systemd refused `KillUnit`", notes=(f"Unit {UNKNOWN} not loaded.",)
            )
            assert await problems(Systemd().kill(UNKNOWN, 1)) == (refused,)

    play(story())


@pytest.mark.lab
def test_a_bus_that_ends_during_a_job_is_told(daemon: Daemon) -> None:
    async def story() -> None:
        async with played(daemon.address) as manager:
            manager.results["x.service"] = None
            waiting = asyncio.create_task(problems(Systemd().start(("x.service",))))
            await until(lambda: manager.calls)
            await asyncio.sleep(0.05)
            daemon.kill()
            [problem] = await waiting
            assert (problem.code, problem.notes) == ("systemd-unreachable", ("the connection was lost",))

    play(story())


def test_without_a_bus_systemd_is_unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")

    async def story() -> None:
        assert await problems(Systemd().reload()) == (
            Problem(
                code="systemd-unreachable",
                message="systemd cannot be reached over the system bus",
                notes=("[Errno 2] No such file or directory",),
                help=(
                    "a site is applied as root on a host that systemd has booted; `pulp-quadlet render` works anywhere",
                ),
            ),
        )

    play(story())
