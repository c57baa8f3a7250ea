"""Start a target of systemd and wait until its Pulp serves, with everything online. Runs in the machine, with the
standard library alone: `until_online.py TARGET UNITS PORT` prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from subprocess import run  # noqa: TID251  # this file is no part of the product

TAKES_AT_MOST = 240.0
PAUSE = 0.1
ONLINE = {"online_workers": 2, "online_api_apps": 2, "online_content_apps": 2}


def _status(port: int) -> dict[str, list[object]]:
    # A connection made while Podman publishes the port of nginx may hang for good; that is not what is measured here.
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/pulp/api/v3/status/")
        answer = connection.getresponse()
        text = answer.read()
        found: dict[str, list[object]] = json.loads(text) if answer.status == 200 else {}
    except (OSError, HTTPException):
        return {}
    else:
        return found
    finally:
        connection.close()


def _wait(port: int, begun: float) -> dict[str, float]:
    """When the page came first, and when all were online."""
    first = 0.0
    while time.monotonic() - begun < TAKES_AT_MOST:
        status = _status(port)
        now = time.monotonic() - begun
        if status:
            first = first or now
            if all(len(status.get(kind) or ()) >= count for kind, count in ONLINE.items()):
                return {"first page": first, "all online": now}
        time.sleep(PAUSE)
    raise TimeoutError(f"nothing after {TAKES_AT_MOST:g} s")


def _processor() -> float:
    """Seconds that the whole machine has used."""
    said = dict(line.split() for line in Path("/sys/fs/cgroup/cpu.stat").read_text().splitlines())
    return int(said["usage_usec"]) / 1e6


def _units(pattern: str, begun: float) -> dict[str, tuple[float, float]]:
    """When each unit was started and when it was there, in seconds since the beginning."""
    names = "Id,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic"
    argv = ["/usr/bin/systemctl", "show", "--all", f"--property={names}", pattern]
    said = run(argv, check=True, capture_output=True, text=True).stdout
    found = {}
    for block in said.split("\n\n"):
        known = dict(line.split("=", 1) for line in block.splitlines())
        left, there = (int(known[name]) / 1e6 - begun for name in names.split(",")[1:])
        if left >= 0:
            found[known["Id"]] = (left, there)
    return found


def main(target: str, pattern: str, port: str) -> None:
    begun, used = time.monotonic(), _processor()
    run(["/usr/bin/systemctl", "start", "--no-block", target], check=True)
    times = _wait(int(port), begun)
    times["CPU"] = _processor() - used
    json.dump({"times": times, "units": _units(pattern, begun)}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
