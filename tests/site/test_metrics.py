"""Figures of a real site, over each way on which Prometheus gets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pulp_quadlet.report.metrics import FAMILIES
from tests.site.pulp import wait_for

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

SOCKET = "/run/pulp-quadlet/metrics.sock"
UNIT = "pulp-quadlet-metrics.socket"
# Those that a site without TLS has not.
ABSENT = {"pulp_quadlet_certificate_expiry_timestamp_seconds"}


def values(text: str) -> dict[tuple[str, ...], float]:
    """All samples, by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_all_that_is_documented_is_there(pulp: Pulp) -> None:
    """What the parser of Prometheus' own client reads, it also understands."""
    wait_for("a count of the queue", lambda: "pulp_quadlet_tasks" in pulp.run("pulp-quadlet", "metrics"), limit=60)
    found = values(pulp.run("pulp-quadlet", "metrics"))
    names = {name for name, *_ in found}
    assert {family.name for family in FAMILIES} - names == ABSENT
    assert found["pulp_quadlet_site_healthy", "pulp"] == 1
    assert found["pulp_quadlet_service_state", "pulp", "pulp-web", "active"] == 1
    # the newest may be one that an earlier test made fail
    newest = json.loads(pulp.cli("history", "--json").stdout)["generations"][0]
    assert found["pulp_quadlet_last_apply_success", "pulp"] == newest["good"]
    assert 0 <= found["pulp_quadlet_heartbeat_age_seconds", "pulp", "pulp-worker-1"] < 30


def test_a_scrape_over_the_socket(pulp: Pulp) -> None:
    """Each is answered by a process of its own, which is gone afterwards."""
    ask = ("curl", "-sS", "--unix-socket", SOCKET, "-w", "%{http_code} %{content_type}")
    pulp.run("systemctl", "start", UNIT)
    try:
        assert pulp.run("stat", "--format", "%A %U %G", SOCKET).strip() == "srw-rw---- root root"
        cursor = pulp.cursor()
        body, _, end = pulp.run(*ask, "http://localhost/metrics").rpartition("\n")
        assert end == "200 text/plain; version=0.0.4; charset=utf-8"
        assert values(f"{body}\n")["pulp_quadlet_site_healthy", "pulp"] == 1
        assert pulp.run(*ask, "http://localhost/").startswith("there is /metrics\n404 ")
        listed = ("systemctl", "list-units", "--all", "--no-legend", "pulp-quadlet-metrics@*")
        wait_for("the processes gone", lambda: pulp.run(*listed).strip() == "", limit=10)
        assert "for one request" not in pulp.journal(cursor)
    finally:
        pulp.run("systemctl", "stop", UNIT)


def test_the_process_that_answers_may_do_nothing(pulp: Pulp) -> None:
    said = pulp.run("systemd-analyze", "security", "--no-pager", "pulp-quadlet-metrics@x.service")
    exposure = float(said.rpartition("for pulp-quadlet-metrics@x.service: ")[2].split()[0])
    assert exposure <= 1.0
