"""An apply is committed when nothing is worse than before, and every process tells of the new version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulp_quadlet.changing import gate
from pulp_quadlet.model.verdict import Observations, Row, Verdict
from tests.sites import compiled

SITE = compiled().deployment
WELL = Row(service="pulp-web", systemd="active (running)", podman="healthy", pulp="-", well=True)
SICK = replace(WELL, well=False, why="is failed")
HEALTHY = Verdict(healthy=True, sentence="Pulp is healthy", rows=(WELL,))
UNHEALTHY = Verdict(healthy=False, sentence="Pulp is not healthy: pulp-web is failed", rows=(SICK,))
NEW = (("core", "3.123.1"),)


def found(
    verdict: Verdict, before: Verdict | None = None, status: dict[str, list[dict[str, Any]]] | None = None
) -> tuple[str, ...]:
    seen = Observations(status=status)
    return gate.complaints(SITE, seen, verdict, before, NEW if status else ())


def listings(version: str) -> dict[str, list[dict[str, Any]]]:
    names = {"online_api_apps": "api", "online_content_apps": "content", "online_workers": "worker"}
    return {
        listing: [{"name": f"1@pulp-{role}-{n}", "versions": {"core": version}} for n in (1, 2)]
        for listing, role in names.items()
    }


def test_a_healthy_site_passes() -> None:
    assert found(HEALTHY) == ()


def test_what_is_sick_now_and_was_well_is_a_reason_to_go_back() -> None:
    assert found(UNHEALTHY, HEALTHY) == ("pulp-web is failed",)
    assert found(UNHEALTHY) == ("pulp-web is failed",)


def test_what_was_sick_before_is_none() -> None:
    """Or a site with one ill service could not be changed at all."""
    assert found(UNHEALTHY, UNHEALTHY) == ()


def test_what_stands_in_no_row_counts_too() -> None:
    away = Verdict(healthy=False, sentence="Pulp is not healthy: it cannot reach its cache", rows=(WELL,))
    assert found(away, HEALTHY) == ("Pulp is not healthy: it cannot reach its cache",)


def test_each_process_has_to_tell_of_the_new_version() -> None:
    rows = listings("3.123.1")
    rows["online_workers"] = [
        {"name": "1@pulp-worker-1", "versions": {"core": "3.123.1"}},
        {"name": "1@pulp-worker-2", "versions": {"core": "3.122.0"}},
    ]
    assert found(HEALTHY, status=rows) == ("pulp-worker-2 has not told Pulp's database of its new version",)


def test_the_row_of_a_killed_process_beside_the_new_one_does_no_harm() -> None:
    rows = listings("3.123.1")
    rows["online_api_apps"] += [{"name": "9@pulp-api-1", "versions": {"core": "3.122.0"}}]
    assert found(HEALTHY, status=rows) == ()
