"""The three witnesses are put together into one sentence and a row for each service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pulp_quadlet.health import judge
from pulp_quadlet.model.host_state import ContainerState, UnitState
from pulp_quadlet.model.verdict import Observations, Verdict
from pulp_quadlet.report.verdict import verdict_json, verdict_text
from tests.fake_host import UP
from tests.sites import compiled

NOW = 1_800_000_000.0
DEPLOYMENT = compiled().deployment
LISTINGS = {"api": "online_api_apps", "content": "online_content_apps", "worker": "online_workers"}


def beat(name: str, age: float = 1.0) -> dict[str, str]:
    return {"name": f"1@{name}", "last_heartbeat": datetime.fromtimestamp(NOW - age, UTC).isoformat()}


def status() -> dict[str, Any]:
    page: dict[str, Any] = {"database_connection": {"connected": True}, "redis_connection": {"connected": True}}
    for role, listing in LISTINGS.items():
        page[listing] = [beat(service.name) for service in DEPLOYMENT.services if service.role == role]
    return page


def well() -> Observations:
    return Observations(
        units={f"{service.name}.service": UP for service in DEPLOYMENT.services},
        containers={s.name: ContainerState(image="x", health="healthy") for s in DEPLOYMENT.services if not s.once},
        status=status(),
        now=NOW,
    )


def verdict(**changes: Any) -> Verdict:
    return judge(DEPLOYMENT, replace(well(), **changes))


def test_all_is_well() -> None:
    found = verdict()
    assert found.healthy
    assert found.sentence == "Pulp is healthy: 11 services serve http://localhost:8080"
    assert {row.pulp for row in found.rows if row.service == "pulp-worker-1"} == {"heartbeat 1 s ago"}


def test_a_unit_that_failed_is_named_with_its_result() -> None:
    failed = UnitState(load="loaded", active="failed", sub="failed", result="exit-code")
    found = verdict(units={**well().units, "pulp-api-2.service": failed})
    assert not found.healthy
    assert found.sentence == "Pulp is not healthy: pulp-api-2 is failed (exit-code)"


def test_a_unit_that_is_not_there_is_not_installed() -> None:
    units = {name: unit for name, unit in well().units.items() if name != "pulp-web.service"}
    assert verdict(units=units).sentence == "Pulp is not healthy: pulp-web is not installed"


def test_podman_sees_what_systemd_does_not() -> None:
    sick = {**well().containers, "pulp-web": ContainerState(image="x", health="unhealthy")}
    assert verdict(containers=sick).sentence == "Pulp is not healthy: pulp-web is unhealthy, says Podman"


def test_pulp_sees_what_podman_does_not() -> None:
    old = {**status(), "online_workers": [beat("pulp-worker-1", age=31), beat("pulp-worker-2")]}
    assert verdict(status=old).sentence == "Pulp is not healthy: pulp-worker-1 has heartbeat 31 s ago"
    gone = {**status(), "online_workers": [beat("pulp-worker-2")]}
    assert verdict(status=gone).sentence == "Pulp is not healthy: pulp-worker-1 has no heartbeat"


def test_a_heartbeat_that_cannot_be_read_is_none() -> None:
    page = {
        **status(),
        "online_workers": [{"name": "1@pulp-worker-1", "last_heartbeat": "soon"}, beat("pulp-worker-2")],
    }
    assert not verdict(status=page).healthy


def test_a_silent_status_page_is_told_with_its_reason() -> None:
    found = verdict(status=None, status_error="Connection refused")
    assert found.sentence == "Pulp is not healthy: its status page does not answer (Connection refused)"


def test_pulp_without_its_database_or_cache() -> None:
    page = {**status(), "database_connection": {"connected": False}, "redis_connection": None}
    sentence = "Pulp is not healthy: it cannot reach its database; it cannot reach its cache"
    assert verdict(status=page).sentence == sentence


def test_the_sentence_names_two_and_counts_the_rest() -> None:
    dead = UnitState(load="loaded", active="inactive")
    found = verdict(units=dict.fromkeys(well().units, dead))
    assert found.sentence == "Pulp is not healthy: pulp-postgres is inactive; pulp-cache is inactive, and 9 more"


def test_a_host_without_the_site_is_told_how_to_get_it() -> None:
    found = verdict(units={}, status=None)
    assert found.sentence == "Pulp is not installed on this host; `pulp-quadlet apply` installs it"
    assert not found.healthy


def test_the_table_has_a_row_for_each_service_and_colours_only_when_asked() -> None:
    found = verdict()
    lines = verdict_text(found, colour=False).splitlines()
    assert lines[0] == found.sentence
    assert lines[2].split() == ["SERVICE", "SYSTEMD", "PODMAN", "PULP"]
    assert len(lines) == 3 + len(DEPLOYMENT.services)
    assert "\x1b" not in verdict_text(found, colour=False)
    assert "\x1b[32m" in verdict_text(found, colour=True)
    assert verdict_json(found)["rows"][0]["service"] == "pulp-postgres"
