"""While somebody watches: what has changed is published, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet.agent import watch
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.codec import to_data
from pulp_quadlet.model.verdict import Applied, Processes
from tests.test_health import DEPLOYMENT, NOW, processes, well

if TYPE_CHECKING:
    from pulp_quadlet.agent.health_of import SiteHealth
    from pulp_quadlet.model.deployment import Deployment
    from pulp_quadlet.model.verdict import Observations, Verdict

ILL = replace(well(), processes=processes("pulp-worker-1", Processes(count=1, stopped=1)))


class FakeLooker:
    """Sees one thing after the other; then it is cancelled, as when the last watcher leaves."""

    def __init__(self, *seen: Observations | HostError) -> None:
        self.seen = list(seen)

    async def look(self, deployment: Deployment) -> Observations:
        if not self.seen:
            raise asyncio.CancelledError
        found = self.seen.pop(0)
        if isinstance(found, HostError):
            raise found
        return found


class Heard:
    def __init__(self) -> None:
        self.verdicts: list[tuple[str, Verdict]] = []

    def publish(self, site: str, verdict: Verdict) -> None:
        self.verdicts.append((site, verdict))


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once, at a time that stands still."""
    monkeypatch.setattr(watch, "INTERVAL", 0.0)
    monkeypatch.setattr(watch, "_REST", 0.0)
    monkeypatch.setattr("time.time", lambda: NOW)


def followed(*seen: Observations | HostError) -> list[Verdict]:
    heard = Heard()
    with suppress(asyncio.CancelledError):
        asyncio.run(watch.follow(DEPLOYMENT, FakeLooker(*seen), heard, 0))
    assert {site for site, _ in heard.verdicts} <= {"pulp"}
    return [verdict for _, verdict in heard.verdicts]


def test_only_changes_are_published() -> None:
    found = followed(well(), well(), ILL, ILL, well(), well())
    assert [verdict.healthy for verdict in found] == [True, False, True]


def test_a_host_that_cannot_be_asked_is_a_verdict_too() -> None:
    gone = HostError(Problem(code="bus-unreachable", message="systemd cannot be reached over the system bus"))
    found = followed(well(), gone, gone, well())
    assert [verdict.sentence.partition(":")[0] for verdict in found] == [
        "Pulp is healthy",
        "It is not known how Pulp is",
        "Pulp is healthy",
    ]


def test_another_generation_ends_what_is_followed() -> None:
    before, after = (replace(well(), applied=Applied(generation=each, time=NOW)) for each in "12")
    found = followed(before, before, after, well())
    assert [verdict.applied and verdict.applied.generation for verdict in found] == ["1", "2"]


def test_the_bus_gets_what_its_objects_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since when a service is as it is, comes from its container at first, and from the clock when it changes."""
    generations = [replace(each, applied=Applied(generation=n, time=NOW)) for n, each in (("1", well()), ("2", ILL))]
    made = {name: replace(each, created=NOW - 500) for name, each in well().containers.items()}
    looker = FakeLooker(*(replace(each, containers=made) for each in generations))
    asked: list[tuple[str, str]] = []
    published: list[SiteHealth] = []

    async def ask(verb: str, file: str, options: Any) -> dict[str, Any]:
        asked.append((verb, file))
        if len(asked) == 2:
            raise HostError(Problem(code="enough", message="the test has seen it"))
        found: dict[str, Any] = to_data(DEPLOYMENT)
        return found

    async def story() -> None:
        with suppress(HostError):
            await watch.watch("/etc/pulp-quadlet/site.toml", {}, ask, published.append)

    monkeypatch.setattr(watch, "Looker", lambda _systemd: looker)
    asyncio.run(story())
    assert asked == [("deployment", "/etc/pulp-quadlet/site.toml")] * 2
    first, second = published
    assert (first.name, first.healthy, first.generation, first.url) == ("pulp", True, "1", "http://localhost:8080")
    assert first.last_apply == int(NOW * 1_000_000)
    since = {each.name: each.since for each in first.services}
    assert since["pulp-worker-1"] == int((NOW - 500) * 1_000_000)
    worker = next(each for each in second.services if each.name == "pulp-worker-1")
    assert (worker.well, worker.role, worker.podman) == (False, "worker", "healthy")
    assert worker.why == "heartbeat 1 s old, container healthy, process stopped"
    assert worker.since == int(NOW * 1_000_000)
    others = {each.name: each.since for each in second.services if each.name != "pulp-worker-1"}
    assert others.items() <= since.items()
