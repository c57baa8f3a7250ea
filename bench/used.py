"""What one `apply` costs in processor time: the command, and the agent with its processes. Run inside the machine.

As a program it reads `{"rounds": 5, "command": [...], "fresh": false}` and prints what it measured as JSON, in seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from subprocess import run  # noqa: TID251  # this file is no part of the product

_AGENT = "pulp-quadlet-agent.service"
_GROUPS = Path("/sys/fs/cgroup")
_MICROSECONDS = 1_000_000


def main() -> None:
    """Rounds after a warm-up: with an agent that runs already, or, where it is `fresh`, with one that is started."""
    asked = json.load(sys.stdin)
    _once(asked["command"], fresh=asked["fresh"])
    json.dump([_once(asked["command"], fresh=asked["fresh"]) for _ in range(asked["rounds"])], sys.stdout)


def _once(argv: list[str], *, fresh: bool) -> dict[str, float]:
    if fresh:
        run(["/usr/bin/systemctl", "stop", _AGENT], check=True, capture_output=True)
        # a unit that starts often is not started any more
        run(["/usr/bin/systemctl", "reset-failed", _AGENT], check=True, capture_output=True)
    time.sleep(0.5)  # what ran before has ended
    agent, all_of_it = 0.0 if fresh else _of(f"system.slice/{_AGENT}"), _of("")
    began = time.monotonic()
    client = _client(argv)
    wall = time.monotonic() - began
    return {
        "client": client,
        "agent": _of(f"system.slice/{_AGENT}") - agent,
        "machine": _of("") - all_of_it,
        "wall": wall,
    }


def _client(argv: list[str]) -> float:
    silent = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    process = os.posix_spawn(argv[0], argv, dict(os.environ), file_actions=silent)
    _, status, used = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{argv} ended with status {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime


def _of(group: str) -> float:
    """The processor time of a control group, with all that ran in it and has ended."""
    path = _GROUPS / group / "cpu.stat"
    if not path.exists():
        return 0.0
    figures = dict(line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return int(figures["usage_usec"]) / _MICROSECONDS


if __name__ == "__main__":
    main()
