"""Make gunicorn's workers anew, with the settings as they are now: `reload.py SOCKET PATH`.

Its master, process 1 of this container, starts new workers at SIGHUP and lets the old ones finish what they do. This
waits until those are gone and a new one answers on the private socket of this replica.
"""

import os
import signal
import sys
import time
from pathlib import Path

from health import http_problem

LIMIT = 240.0  # seconds: an old worker may finish a long request first


def children() -> set[str]:
    return set(Path("/proc/1/task/1/children").read_text(encoding="ascii").split())


def main(socket: str, path: str) -> str | None:
    old = children()
    deadline = time.monotonic() + LIMIT
    os.kill(1, signal.SIGHUP)
    problem: str | None = "its workers from before have not ended"
    while time.monotonic() < deadline:
        if not old & children():
            problem = answer(socket, path)
            if problem is None:
                return None
        time.sleep(0.2)
    return problem


def answer(socket: str, path: str) -> str | None:
    try:
        return http_problem(socket, path)
    except OSError as error:
        return f"no answer: {error}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
