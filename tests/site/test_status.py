"""`status` tells a healthy site from a sick one, and names what is sick."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.site.pulp import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

SERVICES = (
    *("pulp-postgres", "pulp-cache", "pulp-migrate", "pulp-routes", "pulp-worker-1", "pulp-worker-2"),
    *("pulp-content-1", "pulp-content-2", "pulp-api-1", "pulp-api-2", "pulp-web"),
)


@contextmanager
def undone(pulp: Pulp) -> Iterator[None]:
    """Whatever a test breaks is whole again afterwards, by the means of the product."""
    try:
        yield
    finally:
        pulp.cli("apply")
        pulp.wait_healthy()


def sick(pulp: Pulp) -> dict[str, Any]:
    """The verdict of an unhealthy site, which the exit status of `status` tells too."""
    result = pulp.cli("status", "--json", check=False)
    assert result.status == 3
    verdict: dict[str, Any] = json.loads(result.stdout)
    return verdict


def test_healthy(pulp: Pulp) -> None:
    """A sentence, and a row for each service with its three witnesses."""
    result = pulp.cli("status")
    sentence, empty, header, *rows, last, selinux = result.stdout.splitlines()
    assert (last, selinux) == ("", "    SELinux is off on this host; nothing of it is loaded")
    assert sentence == f"Pulp is healthy: {len(SERVICES)} services serve {pulp.url}"
    assert (empty, header.split()) == ("", ["SERVICE", "SYSTEMD", "PODMAN", "PULP"])
    assert [row.split()[:2] for row in rows] == [["ok", name] for name in SERVICES]
    assert result.stderr == ""


def test_a_stopped_worker(pulp: Pulp) -> None:
    with undone(pulp):
        pulp.run("systemctl", "stop", "pulp-worker-2.service")
        verdict = sick(pulp)
    assert verdict["sentence"] == "Pulp is not healthy: pulp-worker-2 is inactive"
    assert [row["service"] for row in verdict["rows"] if not row["well"]] == ["pulp-worker-2"]


def test_a_killed_api_comes_back(pulp: Pulp) -> None:
    """It is told while it is away, although its heartbeat in the database is still fresh; systemd starts it again."""
    before = pulp.containers()["pulp-api-1"]
    pulp.run("podman", "kill", "--signal", "KILL", "pulp-api-1")
    wait_for("pulp-api-1 gone", lambda: "pulp-api-1" not in pulp.containers())
    verdict = sick(pulp)
    assert verdict["sentence"].startswith("Pulp is not healthy: pulp-api-1 is ")
    pulp.wait_healthy()
    assert pulp.containers()["pulp-api-1"] != before


def test_a_database_that_does_not_answer(pulp: Pulp) -> None:
    """Its process is there, and systemd and Podman have not noticed yet: Pulp's own status tells."""
    pulp.run("podman", "pause", "pulp-postgres")
    try:
        verdict = sick(pulp)
    finally:
        pulp.run("podman", "unpause", "pulp-postgres")
    assert "its status page does not answer" in verdict["sentence"]
    pulp.wait_healthy()


def test_a_stopped_database_stays_stopped(pulp: Pulp) -> None:
    """All that needs it stops with it, and to be asked how it is starts nothing."""
    with undone(pulp):
        pulp.run("systemctl", "stop", "pulp-postgres.service", timeout=300)
        verdict = sick(pulp)
        assert sick(pulp)["sentence"] == verdict["sentence"]
        assert "pulp-postgres" not in pulp.containers()
    assert verdict["sentence"].startswith(
        "Pulp is not healthy: pulp-postgres is inactive; pulp-migrate is inactive, and "
    )


@pytest.mark.thorough
def test_a_killed_database(pulp: Pulp) -> None:
    """All that needs it comes back with it, without help."""
    pulp.run("podman", "kill", "--signal", "KILL", "pulp-postgres")
    wait_for("pulp-postgres gone", lambda: "pulp-postgres" not in pulp.containers())
    verdict = sick(pulp)
    assert "pulp-postgres is " in verdict["sentence"]
    pulp.wait_healthy()


def test_a_stopped_web_server(pulp: Pulp) -> None:
    with undone(pulp):
        pulp.run("systemctl", "stop", "pulp-web.socket", "pulp-web.service")
        verdict = sick(pulp)
    assert verdict["sentence"] == "Pulp is not healthy: pulp-web is inactive"
