"""systemd holds the sockets, so that a service may restart while requests come in."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

PROBE = Path(__file__).with_name("probe.py")
FRONT = "/run/pulp-quadlet/pulp/front"
HEALTH = "/run/pulp-quadlet/pulp/health"


def test_systemd_listens(pulp: Pulp) -> None:
    """On every socket of the site, whether or not the service behind it runs."""
    listening = pulp.run("ss", "--listening", "--unix", "--processes", "--no-header").splitlines()
    ours = {line.split()[4]: line for line in listening if "/run/pulp-quadlet/" in line}
    assert sorted(ours) == [
        *(f"{FRONT}/{name}.sock" for name in ("api", "content")),
        *(f"{HEALTH}/{name}.sock" for name in ("api-1", "api-2", "content-1", "content-2")),
    ]
    assert [path for path, line in ours.items() if '("systemd",pid=1,' not in line] == []


@pytest.mark.parametrize("replica", ["api-1", "api-2", "content-1", "content-2"])
def test_each_replica_answers_for_itself(pulp: Pulp, replica: str) -> None:
    """Over the socket that only it listens on."""
    page = "/pulp/content/" if replica.startswith("content") else "/pulp/api/v3/livez/"
    listening = pulp.run("ss", "--listening", "--unix", "--processes", "--no-header").splitlines()
    [line] = [line for line in listening if f"{HEALTH}/{replica}.sock" in line]
    pid = pulp.run("podman", "inspect", "--format", "{{.State.Pid}}", f"pulp-{replica}").strip()
    assert f"pid={pid}," in line
    ask = ["curl", "-sS", "--output", "/dev/null", "--write-out", "%{http_code}", "--unix-socket"]
    assert pulp.run(*ask, f"{HEALTH}/{replica}.sock", f"http://localhost{page}") == "200"


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("pulp-api-1", "/pulp/api/v3/livez/"),
        ("pulp-content-2", "/pulp/content/"),
        ("pulp-web", "/pulp/api/v3/livez/"),
    ],
)
def test_a_restart_loses_no_request(pulp: Pulp, tmp_path: Path, service: str, path: str) -> None:
    """Clients that ask all the time, each time over a new connection, get an answer every time."""
    before = pulp.containers()[service]
    running = tmp_path / "running"
    running.touch()
    with ThreadPoolExecutor() as pool:
        argv = [sys.executable, str(PROBE), f"{pulp.url}{path}", str(running)]
        asking = pool.submit(pulp.machine.outside, argv, timeout=200)
        try:
            time.sleep(1)
            pulp.run("systemctl", "restart", f"{service}.service", timeout=150)
            time.sleep(1)
        finally:
            running.unlink()
        found = json.loads(asking.result().stdout)
    assert pulp.containers()[service] != before
    assert found["failures"] == []
    assert found["answers"] > 50
