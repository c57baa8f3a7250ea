"""Whatever goes wrong is told within 15 seconds, in words that name it; and Pulp is healthy again afterwards."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.site.pulp import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

TOLD_WITHIN = 15.0  # seconds, from the fault to the end of the `status` that tells it
STORAGE = "/var/lib/pulp-quadlet/pulp/storage"
STOPPED = re.compile(r"(heartbeat \d+ s old|no heartbeat), container (healthy|unhealthy), process stopped")


def told(pulp: Pulp, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first verdict that tells it, of those that are asked for every second."""
    began = time.monotonic()
    while True:
        asked = time.monotonic()
        verdict = pulp.verdict()
        took = time.monotonic() - began
        if done(verdict):
            assert took < TOLD_WITHIN, f"told after {took:.1f} s: {verdict['sentence']}"
            return verdict
        assert took < TOLD_WITHIN, f"not told within {took:.1f} s: {verdict['sentence']}"
        time.sleep(max(0.0, 1 - (time.monotonic() - asked)))


def margins(verdict: dict[str, Any]) -> list[dict[str, str]]:
    """The notes about what runs out."""
    return [note for note in verdict["notes"] if note["about"] != "selinux"]


def why(verdict: dict[str, Any], service: str) -> str:
    """The reason why a service is not well; empty when it is."""
    [reason] = [row["why"] for row in verdict["rows"] if row["service"] == service]
    return str(reason)


def signal(pulp: Pulp, container: str, name: str) -> None:
    pid = pulp.inspect(container)["State"]["Pid"]
    pulp.run("kill", f"-{name}", str(pid))


@contextmanager
def healthy_again(pulp: Pulp, *undo: tuple[str, ...]) -> Iterator[None]:
    """What a test broke is mended by hand, and Pulp is well without any further help."""
    try:
        yield
    finally:
        for argv in undo:
            pulp.run(*argv, check=False)
        pulp.wait_healthy()


def test_a_frozen_worker(pulp: Pulp) -> None:
    """SIGSTOP: for systemd it runs, for Podman it is healthy, and its heartbeat stays young for half a minute."""
    pid = str(pulp.inspect("pulp-worker-2")["State"]["Pid"])
    with healthy_again(pulp, ("kill", "-CONT", pid)):
        signal(pulp, "pulp-worker-2", "STOP")
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        assert STOPPED.fullmatch(why(verdict, "pulp-worker-2"))
        assert verdict["sentence"] == f"Pulp is not healthy: pulp-worker-2: {why(verdict, 'pulp-worker-2')}"
        # Pulp forgets it after 30 seconds; its health check still knows how old the last heartbeat is.
        wait_for("an old heartbeat", lambda: old_heartbeat(why(pulp.verdict(), "pulp-worker-2")), limit=90)


def old_heartbeat(reason: str) -> bool:
    found = re.fullmatch(r"heartbeat (\d+) s old, container (?:un)?healthy, process stopped", reason)
    return found is not None and int(found[1]) > 40


def test_one_process_of_several(pulp: Pulp) -> None:
    """Requests are served by processes that neither systemd nor Podman knows of."""
    first = pulp.inspect("pulp-content-1")["State"]["Pid"]
    child = pulp.read(f"/proc/{first}/task/{first}/children").split()[0]
    with healthy_again(pulp, ("kill", "-CONT", child)):
        pulp.run("kill", "-STOP", child)
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        assert re.search(r", container healthy, 1 of \d+ processes stopped$", why(verdict, "pulp-content-1"))


def test_a_killed_api(pulp: Pulp) -> None:
    with healthy_again(pulp):
        signal(pulp, "pulp-api-1", "KILL")
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        assert why(verdict, "pulp-api-1").startswith("is ")


def test_a_database_that_stops_and_returns(pulp: Pulp) -> None:
    """Whatever needs it comes back without help."""
    with healthy_again(pulp):
        pulp.run("podman", "stop", "pulp-postgres")
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        assert "pulp-postgres is " in verdict["sentence"]


@pytest.mark.thorough
def test_a_database_that_cannot_start_for_a_while(pulp: Pulp) -> None:
    """Its disk is away, so that its own restarts fail; everybody comes back once it is there again."""
    data, away = "/var/lib/pulp-quadlet/pulp/postgres", "/var/lib/pulp-quadlet/pulp/postgres.away"
    with healthy_again(pulp, ("mv", "--no-target-directory", away, data)):
        pulp.run("mv", data, away)
        pulp.run("podman", "kill", "pulp-postgres")
        show = ("systemctl", "show", "--property=NRestarts", "--value", "pulp-postgres")
        wait_for("restarts that failed", lambda: int(pulp.run(*show)) >= 3, limit=60.0)
        assert not pulp.verdict()["healthy"]


def test_a_frozen_database(pulp: Pulp) -> None:
    with healthy_again(pulp, ("podman", "unpause", "pulp-postgres")):
        pulp.run("podman", "pause", "pulp-postgres")
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        assert why(verdict, "pulp-postgres") == "container healthy, processes frozen"
        assert "its status page does not answer (timed out)" in verdict["sentence"]


def test_a_stopped_cache(pulp: Pulp) -> None:
    with healthy_again(pulp, ("systemctl", "start", "pulp-cache.service")):
        pulp.run("systemctl", "stop", "pulp-cache.service")
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        assert verdict["sentence"] == "Pulp is not healthy: pulp-cache is inactive; it cannot reach its cache"


def test_a_disk_that_fills_up(pulp: Pulp) -> None:
    """A small file system is put where the artifacts are, and a file takes its room. Containers keep the folder that
    they have.
    """
    mount = ("mount", "-t", "tmpfs", "-o", "size=600m,mode=750,uid=700,gid=700", "tmpfs", STORAGE)
    with healthy_again(pulp, ("umount", STORAGE)):
        pulp.run(*mount)
        verdict = told(pulp, lambda verdict: bool(margins(verdict)))
        text = f"the disk of {STORAGE} has only 600 MiB of 600 MiB free"
        assert verdict["healthy"]
        assert margins(verdict) == [{"about": "disk", "level": "warning", "text": text}]
        pulp.run("fallocate", "--length", "200M", f"{STORAGE}/filler")
        verdict = told(pulp, lambda verdict: not verdict["healthy"])
        text = f"the disk of {STORAGE} has only 400 MiB of 600 MiB free"
        assert verdict["sentence"] == f"Pulp is not healthy: {text}"
    verdict = pulp.verdict()
    assert margins(verdict) == []
    [selinux] = verdict["notes"]
    assert selinux["text"] == "SELinux is off on this host; nothing of it is loaded"


def test_an_nginx_that_answers_502(pulp: Pulp) -> None:
    """The API and its sockets are gone, nginx is as healthy as before."""
    api = ("pulp-api-1", "pulp-api-2")
    sockets = tuple(f"{unit}.socket" for unit in ("pulp-api", *(f"{name}-health" for name in api)))
    services = tuple(f"{name}.service" for name in api)
    with healthy_again(pulp, ("systemctl", "start", *sockets), ("systemctl", "start", *services)):
        pulp.run("systemctl", "stop", *sockets, *services)
        verdict = told(pulp, lambda verdict: why(verdict, "pulp-web") != "")
        assert why(verdict, "pulp-web") == "answers 502 to /pulp/api/v3/livez/"
        assert why(verdict, "pulp-api-1") == "is inactive"


def test_to_be_asked_starts_nothing(pulp: Pulp) -> None:
    """The sockets of the API stay: a question through nginx would wake it."""
    api = ("pulp-api-1.service", "pulp-api-2.service")
    with healthy_again(pulp, ("systemctl", "start", *api)):
        pulp.run("systemctl", "stop", *api)
        for _ in range(3):
            verdict = pulp.verdict()
        assert (why(verdict, "pulp-api-1"), why(verdict, "pulp-api-2")) == ("is inactive", "is inactive")
        assert why(verdict, "pulp-web") == ""


def test_the_queue_is_counted(pulp: Pulp) -> None:
    """By the health checks of the workers, every half minute."""
    wait_for("a count", lambda: pulp.verdict()["tasks"] is not None, limit=60)
    tasks = pulp.verdict()["tasks"]
    assert tasks["waiting"] >= 0
    assert tasks["running"] >= 0
    now = float(pulp.run("date", "+%s"))
    assert -5 < now - tasks["counted"] < 60
