"""Whole processes, measured in turn: A B A B. Only the standard library is needed, so that it runs in a machine too.

As a program it reads `{"rounds": 5, "sides": {"ours": [...], "theirs": [...]}}` and prints what it measured as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

Commands = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Run:
    """One process from its start to its end, in seconds; `cpu` counts its children as well."""

    wall: float
    cpu: float


Runs = Mapping[str, Sequence[Run]]


def in_turn(commands: Commands, rounds: int) -> Runs:
    """Each command once as a warm-up and then `rounds` times, one after the other.

    Python keeps the byte code of the warm-up, as it is kept where packages are installed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    measured: dict[str, list[Run]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        for argv in commands.values():
            _once(argv, environment)
        for _ in range(rounds):
            for name, argv in commands.items():
                measured[name].append(_once(argv, environment))
    return measured


def row(name: str, ours: Sequence[Run], theirs: Sequence[Run]) -> str:
    """One line of a table: medians, and the median of the ratios of each round."""
    pairs = list(zip(ours, theirs, strict=True))
    figures = (
        median(run.wall for run in ours) * 1000,
        median(run.wall for run in theirs) * 1000,
        median(our.wall / their.wall for our, their in pairs),
        median(our.cpu / max(their.cpu, 1e-4) for our, their in pairs),
    )
    return "{:44}{:>9.0f} ms{:>9.0f} ms{:>9.2f}{:>9.2f}".format(name, *figures)


def head(ours: str, theirs: str) -> str:
    """The line above the rows."""
    return f"{'':44}{ours:>12}{theirs:>12}{'ratio':>9}{'of CPU':>9}"


def _once(argv: Sequence[str], environment: Mapping[str, str]) -> Run:
    silent = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    started = time.monotonic()
    process = os.posix_spawnp(argv[0], list(argv), environment, file_actions=silent)
    _, status, used = os.wait4(process, 0)
    wall = time.monotonic() - started
    if status:
        raise RuntimeError(f"{list(argv)} ended with status {os.waitstatus_to_exitcode(status)}")
    return Run(wall, used.ru_utime + used.ru_stime)


def _main() -> None:
    asked = json.load(sys.stdin)
    measured = in_turn(asked["sides"], asked["rounds"])
    json.dump({name: [asdict(run) for run in runs] for name, runs in measured.items()}, sys.stdout)


if __name__ == "__main__":
    _main()
