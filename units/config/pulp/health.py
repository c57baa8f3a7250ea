"""Whether this container's process of Pulp is well: `health.py http SOCKET PATH` or `health.py worker NAME`.

Exits with 0 or 1 and says why in one line, which `podman inspect` shows. It imports as little as it can, since it
runs every few seconds beside each process.
"""

import http.client
import runpy
import socket
import sys
from pathlib import Path


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


def worker_problem(name: str) -> str | None:
    """Pulp itself takes a worker for missing when its heartbeat is older than WORKER_TTL, 30 seconds."""
    import psycopg

    settings = runpy.run_path(str(Path(__file__).with_name("settings.py")))
    database = settings["DATABASES"]["default"]
    query = """
        SELECT extract(epoch FROM now() - last_heartbeat) FROM core_appstatus
        WHERE app_type = 'worker' AND split_part(name, '@', 2) = %s
        ORDER BY last_heartbeat DESC LIMIT 1
    """
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        connect_timeout=8,
        **database["OPTIONS"],
    ) as connection:
        row = connection.execute(query, [name]).fetchone()
    if row is None:
        return "no heartbeat yet"
    return None if row[0] < settings.get("WORKER_TTL", 30) else f"the last heartbeat was {row[0]:.0f} s ago"


def main(kind: str, *arguments: str) -> int:
    problem = http_problem(*arguments) if kind == "http" else worker_problem(*arguments)
    print(problem or "well")
    return 1 if problem else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        sys.exit(f"no answer: {error}")
