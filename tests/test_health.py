"""The three witnesses are put together into one sentence and a row for each service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pulp_quadlet.health.judge import judge, unknown
from pulp_quadlet.model.codec import from_data
from pulp_quadlet.model.host_state import ContainerState, UnitState
from pulp_quadlet.model.verdict import Applied, Disk, Observations, Page, Processes, Tasks, Verdict
from pulp_quadlet.report.verdict import verdict_json, verdict_text
from tests.fake_host import UP
from tests.sites import MINIMAL, compiled

NOW = 1_800_000_000.0
DEPLOYMENT = compiled().deployment
API, CONTENT = "/pulp/api/v3/livez/", "/pulp/content/"
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
        processes={s.name: Processes(count=2) for s in DEPLOYMENT.services if not s.once},
        status=status(),
        pages=(Page(path=API, status=200), Page(path=CONTENT, status=200)),
        now=NOW,
    )


def verdict(**changes: Any) -> Verdict:
    return judge(DEPLOYMENT, replace(well(), **changes))


def test_all_is_well() -> None:
    found = verdict()
    assert found.healthy
    assert found.sentence == "Pulp is healthy: 11 services serve http://localhost:8080"
    assert {row.pulp for row in found.rows if row.service == "pulp-worker-1"} == {"heartbeat 1 s ago"}


@pytest.mark.parametrize(
    ("more", "role", "ttl"),
    [
        ("", "api", 120),  # twice the timeout that the API has by itself
        ("[api]\ntimeout = 300\n", "api", 600),
        ("", "worker", 30),
        ("[settings]\nWORKER_TTL = 90\nCONTENT_APP_TTL = 60\n", "worker", 90),
        ("[settings]\nWORKER_TTL = 90\nCONTENT_APP_TTL = 60\n", "content", 60),
    ],
)
def test_a_heartbeat_may_be_as_old_as_the_site_says(more: str, role: str, ttl: int) -> None:
    """A process writes one in each third of that time, so what is younger says nothing against it."""
    deployment = compiled(MINIMAL + more).deployment
    listing = LISTINGS[role]
    name = f"pulp-{role}-1"
    for age, healthy in ((ttl - 1, True), (ttl + 1, False)):
        others = [each for each in status()[listing] if not each["name"].endswith(name)]
        seen = replace(well(), status={**status(), listing: [beat(name, age), *others]})
        assert judge(deployment, seen).healthy is healthy


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


def processes(service: str, found: Processes) -> dict[str, Processes]:
    return {**well().processes, service: found}


def test_a_stopped_process_is_told_by_all_its_witnesses() -> None:
    """Neither systemd nor Podman has noticed yet, and the heartbeat may still be young."""
    stopped = processes("pulp-worker-1", Processes(count=1, stopped=1))
    old = {**status(), "online_workers": [beat("pulp-worker-1", age=41), beat("pulp-worker-2")]}
    found = verdict(processes=stopped, status=old)
    why = "heartbeat 41 s old, container healthy, process stopped"
    assert found.sentence == f"Pulp is not healthy: pulp-worker-1: {why}"
    assert [row.why for row in found.rows if not row.well] == [why]
    assert [row.heartbeat for row in found.rows if not row.well] == [41.0]
    assert verdict(processes=stopped).rows[4].why == "heartbeat 1 s old, container healthy, process stopped"
    gone = {**status(), "online_workers": [beat("pulp-worker-2")]}
    assert verdict(processes=stopped, status=gone).rows[4].why == "no heartbeat, container healthy, process stopped"


def test_a_worker_that_pulp_no_longer_lists_has_the_heartbeat_that_its_health_check_told() -> None:
    gone = {**status(), "online_workers": [beat("pulp-worker-2")]}
    stopped = processes("pulp-worker-1", Processes(count=1, stopped=1))
    found = verdict(processes=stopped, status=gone, heartbeats={"pulp-worker-1": NOW - 41})
    why = "heartbeat 41 s old, container healthy, process stopped"
    assert found.sentence == f"Pulp is not healthy: pulp-worker-1: {why}"
    late = verdict(status=gone, heartbeats={"pulp-worker-1": NOW - 41})
    assert late.sentence == "Pulp is not healthy: pulp-worker-1 has heartbeat 41 s ago"


def test_a_service_without_heartbeats_can_be_stopped_too() -> None:
    found = verdict(processes=processes("pulp-cache", Processes(count=1, stopped=1)))
    assert found.sentence == "Pulp is not healthy: pulp-cache: container healthy, process stopped"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Processes(count=3, stopped=1), "1 of 3 processes stopped"),
        (Processes(count=3, stopped=3), "3 of 3 processes stopped"),
        (Processes(count=1, frozen=True), "process frozen"),
        (Processes(count=3, frozen=True, stopped=1), "processes frozen"),
    ],
)
def test_what_holds_processes_is_named(found: Processes, told: str) -> None:
    rows = verdict(processes=processes("pulp-postgres", found)).rows
    assert rows[0].why == f"container healthy, {told}"


def test_a_unit_that_is_started_again_and_again_is_told_from_one_that_was_stopped() -> None:
    for restarts, told in ((1, ", restarted once"), (7, ", restarted 7 times")):
        failing = UnitState(load="loaded", active="activating", result="exit-code", restarts=restarts)
        found = verdict(units={**well().units, "pulp-api-1.service": failing})
        assert found.sentence == f"Pulp is not healthy: pulp-api-1 is activating (exit-code){told}"
        assert [row.restarts for row in found.rows if not row.well] == [restarts]


def test_a_unit_that_was_stopped_is_not_told_how_often_it_was_started_before() -> None:
    stopped = UnitState(load="loaded", active="inactive", result="success", restarts=14)
    found = verdict(units={**well().units, "pulp-api-1.service": stopped})
    assert found.sentence == "Pulp is not healthy: pulp-api-1 is inactive"


def test_a_bad_gateway_is_told_as_such() -> None:
    found = verdict(pages=(Page(path=API, status=502), Page(path=CONTENT, status=200)))
    assert found.sentence == "Pulp is not healthy: pulp-web answers 502 to /pulp/api/v3/livez/"
    both = verdict(pages=(Page(path=API, status=502), Page(path=CONTENT, error="timed out")))
    why = "answers 502 to /pulp/api/v3/livez/ and does not answer /pulp/content/ (timed out)"
    assert both.sentence == f"Pulp is not healthy: pulp-web {why}"
    assert [row.service for row in both.rows if not row.well] == ["pulp-web"]


def test_a_redirect_is_an_answer() -> None:
    assert verdict(pages=(Page(path=API, status=301),)).healthy


def test_the_cause_is_told_before_what_users_see_of_it() -> None:
    dead = UnitState(load="loaded", active="inactive")
    units = {**well().units, "pulp-api-1.service": dead, "pulp-api-2.service": dead}
    found = verdict(units=units, status=None, status_error="none runs", pages=(Page(path=API, status=502),))
    sentence = "Pulp is not healthy: pulp-api-1 is inactive; pulp-api-2 is inactive, and 2 more"
    assert found.sentence == sentence


def test_podman_that_does_not_answer_is_the_complaint_and_its_containers_are_unknown() -> None:
    found = verdict(containers={}, processes={}, podman_error="Connection refused")
    assert found.sentence == "Pulp is not healthy: Podman does not answer (Connection refused)"
    assert {row.podman for row in found.rows} == {"unknown", "done"}
    assert all(row.well for row in found.rows)


def test_a_small_margin_is_a_warning_and_a_smaller_one_a_fault() -> None:
    gib = 1024**3
    disk = Disk(paths=("/srv",), size=20 * gib, free=gib * 3 // 2)
    found = verdict(disks=(disk,))
    assert found.healthy
    serves = "Pulp is healthy: 11 services serve http://localhost:8080"
    assert found.sentence == f"{serves}; but the disk of /srv has only 1.5 GiB of 20.0 GiB free"
    found = verdict(disks=(replace(disk, free=gib // 4),))
    assert not found.healthy
    assert found.sentence == "Pulp is not healthy: the disk of /srv has only 256 MiB of 20.0 GiB free"


def test_the_queue_and_the_last_apply_are_handed_on() -> None:
    tasks, applied = Tasks(waiting=3, running=1), Applied(generation="7", time=NOW)
    found = verdict(tasks=tasks, applied=applied)
    assert (found.tasks, found.applied) == (tasks, applied)


def test_nothing_is_known_when_nobody_can_be_asked() -> None:
    found = unknown(DEPLOYMENT, "systemd cannot be reached over the system bus")
    assert found.sentence == "It is not known how Pulp is: systemd cannot be reached over the system bus"
    assert not found.healthy
    assert {row.why for row in found.rows} == {"is not known"}


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
    assert from_data(Verdict, verdict_json(found)) == found
    assert verdict_json(found)["rows"][0]["service"] == "pulp-postgres"


def test_reasons_and_margins_stand_below_the_table() -> None:
    gib = 1024**3
    dead = UnitState(load="loaded", active="failed", sub="failed", result="exit-code")
    found = verdict(
        units={**well().units, "pulp-cache.service": dead},
        processes=processes("pulp-worker-1", Processes(count=1, stopped=1)),
        disks=(Disk(paths=("/srv",), size=9 * gib, free=gib), Disk(paths=("/var",), error="timed out")),
    )
    lines = verdict_text(found, colour=False).splitlines()
    assert lines[3 + len(DEPLOYMENT.services) :] == [
        "",
        "!!  pulp-cache is failed (exit-code)",
        "!!  pulp-worker-1: heartbeat 1 s old, container healthy, process stopped",
        "--  the disk of /srv has only 1.0 GiB of 9.0 GiB free",
        "!!  the disk of /var does not answer (timed out)",
    ]
    assert "\x1b[33m--  the disk of /srv" in verdict_text(found, colour=True)
    notes = verdict_json(found)["notes"]
    assert [(note["about"], note["level"]) for note in notes] == [("disk", "warning"), ("disk", "sick")]
