"""A look at a site: whom it asks, whom it does not, and that nobody who is silent spoils the rest."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.last_apply import last_apply
from pulp_quadlet.host.look import Looker
from pulp_quadlet.host.reachable import running_apis, units_of, web_socket, would_start
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.verdict import Applied, Tasks
from tests.fake_host import UP
from tests.host.test_podman_api import BASE, WORKER
from tests.host.unix_server import serving
from tests.sites import MINIMAL, compiled

if TYPE_CHECKING:
    from pathlib import Path

    from pulp_quadlet.model.deployment import Deployment
    from pulp_quadlet.model.verdict import Observations

DEPLOYMENT = compiled().deployment
DOWN = UnitState(load="loaded")
STATUS = "/pulp/api/v3/status/"


class FakeSystemd:
    def __init__(self, units: dict[str, UnitState]) -> None:
        self.units = units
        self.started: list[str] = []

    async def states(self, units: tuple[str, ...]) -> dict[str, UnitState]:
        return {name: self.units.get(name, UnitState()) for name in units}

    async def start(self, units: tuple[str, ...]) -> None:
        self.started += units
        raise HostError(Problem(code="unit-failed", message="podman.socket could not be started"))


def all_up(*, but: tuple[str, ...] = ()) -> dict[str, UnitState]:
    return {unit: DOWN if unit in but else UP for unit in units_of(DEPLOYMENT)}


def local(tmp_path: Path) -> Deployment:
    """The deployment with its private sockets in a folder of the test, and no web server."""
    sockets = (replace(each, listen=(str(tmp_path / f"{each.name}.sock"),)) for each in DEPLOYMENT.sockets)
    services = (service for service in DEPLOYMENT.services if service.role != "web")
    return replace(DEPLOYMENT, sockets=tuple(sockets), services=tuple(services))


def podman(tmp_path: Path, *, health: str = "healthy", output: str = "well") -> dict[str, tuple[int, Any]]:
    worker = {**WORKER, "Pid": os.getpid(), "Status": health}
    log = [{"End": "2026-11-21T11:00:00Z", "Output": output}]
    return {
        f"{BASE}/containers/json": (200, [worker]),
        f"{BASE}/containers/b0b88400/json": (200, {"State": {"Health": {"Status": health, "Log": log}}}),
        f"{BASE}/info": (200, {"store": {"graphRoot": str(tmp_path)}}),
    }


def look(
    tmp_path: Path, answers: dict[str, tuple[int, Any]], apis: dict[str, tuple[int, Any]], *, but: tuple[str, ...] = ()
) -> tuple[Observations, list[str], FakeSystemd]:
    """Look once with these answers of Podman and of the replicas of the API."""
    systemd = FakeSystemd(all_up(but=but))
    with ExitStack() as stack:
        asked = stack.enter_context(serving(tmp_path / "podman.sock", answers))
        for name, answer in apis.items():
            stack.enter_context(serving(tmp_path / f"pulp-{name}-health.sock", {STATUS: answer}))
        looker = Looker(systemd, tmp_path, str(tmp_path / "podman.sock"))
        seen = asyncio.run(looker.look(local(tmp_path)))
    return seen, asked, systemd


def test_a_look_takes_few_questions(tmp_path: Path) -> None:
    answers = podman(tmp_path, output="well, heartbeat 7 s ago: 3 tasks waiting, 1 running")
    seen, asked, systemd = look(tmp_path, answers, {"api-1": (200, {"a": 1})})
    assert sorted(question.partition("?")[0].removeprefix(BASE) for question in asked) == [
        "/containers/b0b88400/json",
        "/containers/json",
        "/info",
    ]
    assert systemd.started == []
    assert seen.status == {"a": 1}
    assert seen.containers["pulp-worker-1"].health_output == "well, heartbeat 7 s ago: 3 tasks waiting, 1 running"
    assert seen.processes["pulp-worker-1"].count >= 1
    assert seen.tasks == Tasks(waiting=3, running=1, counted=1795258800.0)
    assert seen.heartbeats == {"pulp-worker-1": 1795258793.0}
    assert {path for disk in seen.disks for path in disk.paths} >= {str(tmp_path)}
    assert seen.pages == ()


def test_a_worker_that_is_not_well_is_asked_why(tmp_path: Path) -> None:
    answers = podman(tmp_path, health="unhealthy", output="the last heartbeat was 40 s ago")
    seen, _, _ = look(tmp_path, answers, {"api-1": (200, {})})
    assert seen.containers["pulp-worker-1"].health_output == "the last heartbeat was 40 s ago"
    assert seen.tasks is None
    assert seen.heartbeats == {"pulp-worker-1": 1795258760.0}


def test_the_first_replica_that_answers_is_enough(tmp_path: Path) -> None:
    seen, _, _ = look(tmp_path, podman(tmp_path), {"api-1": (500, "no"), "api-2": (200, {"b": 2})})
    assert seen.status == {"b": 2}


def test_a_status_page_that_is_no_page_is_told(tmp_path: Path) -> None:
    seen, _, _ = look(tmp_path, podman(tmp_path), {"api-1": (500, "no")}, but=("pulp-api-2.service",))
    assert (seen.status, seen.status_error) == (None, "it answers 500")


def test_without_an_api_nobody_is_asked_for_its_status(tmp_path: Path) -> None:
    seen, _, _ = look(tmp_path, podman(tmp_path), {}, but=("pulp-api-1.service", "pulp-api-2.service"))
    assert (seen.status, seen.status_error) == (None, "no process of its API runs")


def test_podmans_socket_is_started_once_and_what_it_says_then_is_told(tmp_path: Path) -> None:
    systemd = FakeSystemd(all_up())
    seen = asyncio.run(Looker(systemd, tmp_path, str(tmp_path / "none")).look(local(tmp_path)))
    assert systemd.started == ["podman.socket"]
    assert seen.podman_error == "No such file or directory"
    assert seen.containers == {}


def test_the_web_server_is_asked_only_while_it_runs() -> None:
    assert web_socket(DEPLOYMENT, all_up()) == next(each for each in DEPLOYMENT.sockets if each.name == "pulp-web")
    assert web_socket(DEPLOYMENT, all_up(but=("pulp-web.service",))) is None
    assert web_socket(local_without_web(), all_up()) is None


def local_without_web() -> Deployment:
    return replace(DEPLOYMENT, services=tuple(each for each in DEPLOYMENT.services if each.role != "web"))


def test_nobody_is_started_by_a_question() -> None:
    both = ("pulp-api-1.service", "pulp-api-2.service")
    assert not would_start("api", DEPLOYMENT, all_up())
    assert not would_start("api", DEPLOYMENT, all_up(but=both[:1]))
    assert would_start("api", DEPLOYMENT, all_up(but=both))
    assert not would_start("content", DEPLOYMENT, all_up(but=both))
    # without its socket nginx reaches nobody, and answers 502
    assert not would_start("api", DEPLOYMENT, all_up(but=(*both, "pulp-api.socket", *sockets_of(both))))


def sockets_of(units: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{unit.removesuffix('.service')}-health.socket" for unit in units)


def test_only_replicas_that_run_are_asked_at_their_own_sockets() -> None:
    found = list(running_apis(DEPLOYMENT, all_up(but=("pulp-api-2.service",))))
    assert found == ["/run/pulp-quadlet/pulp/health/api-1.sock"]


def test_a_site_knows_where_it_speaks_tls() -> None:
    text = MINIMAL.replace("http://localhost:8080", "https://pulp.example.org") + "\n[web]\nhttp = 80\nhttps = 443\n"
    [web] = [each for each in compiled(text).deployment.sockets if each.name == "pulp-web"]
    assert set(web.secure) < set(web.listen)
    assert all(address.endswith(":443") for address in web.secure)
    assert all(address.endswith(":80") for address in web.listen if address not in web.secure)


def home(tmp_path: Path, current: str, good: str, *numbers: str) -> Path:
    for number in numbers:
        (tmp_path / "generations" / number).mkdir(parents=True)
        os.utime(tmp_path / "generations" / number, (1000, 1000 + int(number)))
    (tmp_path / "current").symlink_to(f"generations/{current}")
    (tmp_path / "good").symlink_to(f"generations/{good}")
    return tmp_path


@pytest.mark.parametrize(
    ("current", "good", "numbers", "expected"),
    [
        ("10", "10", ("9", "10"), Applied(generation="10", time=1010, result="done")),
        ("10", "9", ("9", "10"), Applied(generation="10", time=1010, result="running")),
        ("9", "9", ("9", "10"), Applied(generation="9", time=1010, result="failed")),
    ],
)
def test_the_last_apply_is_told_by_the_folder(
    tmp_path: Path, current: str, good: str, numbers: tuple[str, ...], expected: Applied
) -> None:
    assert last_apply(home(tmp_path, current, good, *numbers)) == expected


def test_a_transaction_that_is_open_has_not_ended(tmp_path: Path) -> None:
    folder = home(tmp_path, "1", "1", "1")
    (folder / "transaction.json").touch()
    assert last_apply(folder) == Applied(generation="1", time=1001, result="running")


def test_a_committed_generation_may_be_newer_than_what_runs(tmp_path: Path) -> None:
    """After a return to an older one."""
    folder = home(tmp_path, "9", "9", "9", "10")
    (folder / "generations" / "10" / "committed").touch()
    os.utime(folder / "generations" / "10", (1000, 1010))
    assert last_apply(folder) == Applied(generation="9", time=1010, result="done")


def test_a_site_that_was_never_applied(tmp_path: Path) -> None:
    assert last_apply(tmp_path) is None
