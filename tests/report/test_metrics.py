"""The text of the figures, read back by Prometheus' own parser, and what is asked for over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pulp_quadlet.health.judge import judge
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.verdict import Applied, Certificate, Disk, Observations, Tasks
from pulp_quadlet.report.metrics import FAMILIES, STATES, Measured, http_answer, metrics_text
from tests.docs.pages import DOCS, read
from tests.test_health import DEPLOYMENT, NOW, well

if TYPE_CHECKING:
    from typing import Any

GIB = 1024**3
SEEN = replace(
    well(),
    disks=(Disk(paths=("/srv/a", "/srv/b"), size=9 * GIB, free=4 * GIB),),
    certificate=Certificate(address="0.0.0.0:443", expires=NOW + 5.5),
    tasks=Tasks(waiting=3, running=1, counted=NOW),
    applied=Applied(generation="7", time=NOW - 60),
)


def text(seen: Observations = SEEN, site: str = "pulp") -> str:
    return metrics_text([Measured(site=site, seen=seen, verdict=judge(DEPLOYMENT, seen))], "1.2.3")


def samples(written: str, name: str) -> dict[tuple[str, ...], float]:
    """The values of one family, by all labels but the site's."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(written):
        for sample in family.samples:
            if sample.name == name:
                found[tuple(value for label, value in sample.labels.items() if label != "site")] = sample.value
    return found


def test_every_figure_of_a_healthy_site() -> None:
    written = text()
    assert samples(written, "pulp_quadlet_build_info") == {("1.2.3",): 1}
    assert samples(written, "pulp_quadlet_site_healthy") == {(): 1}
    assert samples(written, "pulp_quadlet_observed_timestamp_seconds") == {(): NOW}
    assert samples(written, "pulp_quadlet_service_well")["pulp-web", "web"] == 1
    assert len(samples(written, "pulp_quadlet_service_state")) == len(STATES) * len(DEPLOYMENT.services)
    assert samples(written, "pulp_quadlet_service_restarts_total")["pulp-api-1",] == 0
    assert samples(written, "pulp_quadlet_heartbeat_age_seconds")["pulp-worker-1",] == 1
    assert ("pulp-web",) not in samples(written, "pulp_quadlet_heartbeat_age_seconds")
    assert samples(written, "pulp_quadlet_tasks") == {("waiting",): 3, ("running",): 1}
    assert samples(written, "pulp_quadlet_disk_free_bytes") == dict.fromkeys([("/srv/a",), ("/srv/b",)], 4 * GIB)
    assert samples(written, "pulp_quadlet_disk_size_bytes") == dict.fromkeys([("/srv/a",), ("/srv/b",)], 9 * GIB)
    assert samples(written, "pulp_quadlet_certificate_expiry_timestamp_seconds") == {("0.0.0.0:443",): NOW + 5.5}
    assert samples(written, "pulp_quadlet_last_apply_timestamp_seconds") == {(): NOW - 60}
    assert samples(written, "pulp_quadlet_last_apply_success") == {(): 1}
    assert samples(written, "pulp_quadlet_generation_info") == {("7",): 1}


def test_a_service_that_fails_has_another_state() -> None:
    failed = UnitState(load="loaded", active="failed", result="exit-code", restarts=4)
    written = text(replace(SEEN, units={**SEEN.units, "pulp-api-1.service": failed}))
    assert samples(written, "pulp_quadlet_site_healthy") == {(): 0}
    assert samples(written, "pulp_quadlet_service_well")["pulp-api-1", "api"] == 0
    states = samples(written, "pulp_quadlet_service_state")
    assert [state for state in STATES if states["pulp-api-1", state]] == ["failed"]
    assert samples(written, "pulp_quadlet_service_restarts_total")["pulp-api-1",] == 4


@pytest.mark.parametrize(("result", "expected"), [("failed", {(): 0.0}), ("running", {})])
def test_an_apply_that_failed_and_one_that_has_not_ended(result: Any, expected: dict[tuple[()], float]) -> None:
    written = text(replace(SEEN, applied=Applied(generation="7", time=NOW, result=result)))
    assert samples(written, "pulp_quadlet_last_apply_success") == expected


def test_what_is_not_known_is_left_out() -> None:
    written = text(Observations(now=NOW, disks=(Disk(paths=("/gone",), error="timed out"),)))
    for family in ("tasks", "disk_free_bytes", "certificate_expiry_timestamp_seconds", "last_apply_success"):
        assert f"pulp_quadlet_{family}" not in written
    assert samples(written, "pulp_quadlet_site_healthy") == {(): 0}


def test_the_exact_text_of_a_family() -> None:
    written = text()
    lines = [line for line in written.splitlines() if "pulp_quadlet_tasks" in line]
    assert lines == [
        "# HELP pulp_quadlet_tasks The tasks of Pulp that are not finished, by state.",
        "# TYPE pulp_quadlet_tasks gauge",
        'pulp_quadlet_tasks{site="pulp",state="waiting"} 3',
        'pulp_quadlet_tasks{site="pulp",state="running"} 1',
    ]
    assert written.endswith("\n")


def test_two_sites_share_a_family() -> None:
    both = [Measured(site=name, seen=SEEN, verdict=judge(DEPLOYMENT, SEEN)) for name in ("a", "b")]
    written = metrics_text(both, "1.2.3")
    assert written.count("# TYPE pulp_quadlet_site_healthy gauge") == 1
    assert 'pulp_quadlet_site_healthy{site="a"} 1\npulp_quadlet_site_healthy{site="b"} 1\n' in written


def test_labels_are_escaped() -> None:
    evil = 'C:\\n"\nend'
    written = text(replace(SEEN, disks=(Disk(paths=(evil,), size=1, free=1),)))
    assert 'path="C:\\\\n\\"\\nend"' in written
    assert samples(written, "pulp_quadlet_disk_free_bytes") == {(evil,): 1}


def test_every_name_is_documented_with_its_type() -> None:
    page = read(DOCS / "metrics.md")
    for family in FAMILIES:
        assert f"| `{family.name}` | {family.kind} |" in page
    assert "| `pulp_quadlet_build_info` | gauge |" in page


def test_a_scrape_is_answered() -> None:
    head, _, body = http_answer("GET /metrics HTTP/1.1", lambda: "a 1\n").decode().partition("\r\n\r\n")
    assert head.splitlines() == [
        "HTTP/1.1 200 OK",
        "Content-Type: text/plain; version=0.0.4; charset=utf-8",
        "Content-Length: 4",
        "Connection: close",
    ]
    assert body == "a 1\n"
    assert http_answer("HEAD /metrics?x=1 HTTP/1.1", lambda: "a 1\n").endswith(
        b"Content-Length: 4\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        ("GET / HTTP/1.1", "HTTP/1.1 404 Not Found", "there is /metrics\n"),
        ("POST /metrics HTTP/1.1", "HTTP/1.1 405 Method Not Allowed", "only GET is answered\n"),
        ("", "HTTP/1.1 405 Method Not Allowed", "only GET is answered\n"),
        ("GET", "HTTP/1.1 404 Not Found", "there is /metrics\n"),
    ],
)
def test_anything_else_is_refused_and_costs_nothing(request_line: str, status: str, body: str) -> None:
    def never() -> str:
        raise AssertionError

    head, _, answered = http_answer(request_line, never).decode().partition("\r\n\r\n")
    assert head.splitlines()[0] == status
    assert answered == body
