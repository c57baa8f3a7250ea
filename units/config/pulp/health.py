"""Whether this container's process of Pulp is well: `health.py http SOCKET PATH` or `health.py worker NAME`.

Exits with 0 or 1 and says why in one line, which `podman inspect` shows. It imports as little as it can, since it
runs every few seconds beside each process. A worker also tells how long Pulp's queue is: it is at the database anyway.
"""

import http.client
import runpy
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.host)


def http_problem(path: str, url: str) -> str | None:
    """The private socket of this replica: over the common one another replica would answer."""
    connection = UnixConnection(path, timeout=8)
    connection.request("HEAD" if url.endswith("/content/") else "GET", url, headers={"Host": "localhost"})
    status = connection.getresponse().status
    return None if status < http.HTTPStatus.BAD_REQUEST else f"{url} answered {status}"


@contextmanager
def connected() -> Iterator[tuple[Any, dict[str, Any]]]:
    """Pulp's database, and Pulp's settings."""
    import psycopg

    settings = runpy.run_path(str(Path(__file__).with_name("settings.py")))
    database = settings["DATABASES"]["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        connect_timeout=8,
        **database["OPTIONS"],
    ) as connection:
        yield connection, settings


def worker(name: str) -> tuple[str | None, str]:
    """What is wrong, and what else is to be told.

    Pulp itself takes a worker for missing when its heartbeat is older than WORKER_TTL, 30 seconds.
    """
    heartbeat = """
        SELECT extract(epoch FROM now() - last_heartbeat) FROM core_appstatus
        WHERE app_type = 'worker' AND split_part(name, '@', 2) = %s
        ORDER BY last_heartbeat DESC LIMIT 1
    """
    # states have an index, and unfinished tasks are few
    queue = "SELECT state, count(*) FROM core_task WHERE state IN ('waiting', 'running') GROUP BY state"
    with connected() as (connection, settings):
        row = connection.execute(heartbeat, [name]).fetchone()
        tasks = dict(connection.execute(queue).fetchall())
    return judged(row[0] if row else None, settings.get("WORKER_TTL", 30), tasks)


def judged(age: float | None, limit: float, tasks: dict[str, int]) -> tuple[str | None, str]:
    """The words are read again by the host: the heartbeat's age also when Pulp no longer lists the worker."""
    if age is None:
        return "no heartbeat yet", ""
    if age >= limit:
        return f"the last heartbeat was {age:.0f} s ago", ""
    waiting = tasks.get("waiting", 0)
    queue = f"{waiting} task{'' if waiting == 1 else 's'} waiting, {tasks.get('running', 0)} running"
    return None, f", heartbeat {age:.0f} s ago: {queue}"


def main(kind: str, *arguments: str) -> int:
    problem, more = (http_problem(*arguments), "") if kind == "http" else worker(*arguments)
    print(problem or f"well{more}")
    return 1 if problem else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        sys.exit(f"no answer: {error}")
