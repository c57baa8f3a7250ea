"""The health check of a replica asks its private socket and tells what it found."""

from __future__ import annotations

import runpy
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.lab.command import Result, run

PROGRAM = Path(__file__).parents[2] / "units" / "config" / "pulp" / "health.py"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path.endswith("/livez/") else 503)
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815  # the name is the library's

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the library's
        """A test has no log."""


def ask(path: Path, url: str) -> Result:
    return run([sys.executable, str(PROGRAM), "http", str(path), url], check=False)


def test_a_replica_that_answers_is_well(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = ask(path, "/pulp/api/v3/livez/")
        assert (result.status, result.stdout) == (0, "well\n")
        result = ask(path, "/pulp/content/")
        assert (result.status, result.stdout) == (1, "/pulp/content/ answered 503\n")
        server.shutdown()


def test_a_socket_that_nobody_serves_is_told(tmp_path: Path) -> None:
    result = ask(tmp_path / "none.sock", "/pulp/api/v3/livez/")
    assert (result.status, result.stderr) == (1, "no answer: [Errno 2] No such file or directory\n")


@pytest.mark.parametrize(
    ("age", "tasks", "problem", "more"),
    [
        (None, {}, "no heartbeat yet", ""),
        (41.2, {"waiting": 9}, "the last heartbeat was 41 s ago", ""),
        (29.4, {}, None, ", heartbeat 29 s ago: 0 tasks waiting, 0 running"),
        (3.0, {"waiting": 1}, None, ", heartbeat 3 s ago: 1 task waiting, 0 running"),
        (3.0, {"waiting": 12, "running": 3}, None, ", heartbeat 3 s ago: 12 tasks waiting, 3 running"),
    ],
)
def test_a_worker_is_well_while_pulp_counts_it_among_those_that_live(
    age: float | None, tasks: dict[str, int], problem: str | None, more: str
) -> None:
    """It also tells how long the queue is, in the words that the host looks for."""
    assert runpy.run_path(str(PROGRAM))["judged"](age, 30, tasks) == (problem, more)
