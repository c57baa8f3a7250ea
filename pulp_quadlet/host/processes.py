"""The processes of a container, read from /proc: nobody else tells that one was stopped by a signal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pulp_quadlet.model.verdict import Processes

_STOPPED = "T"  # proc_pid_stat(5); `t` is a process that a debugger holds, whose owner knows why
_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")


def processes(pid: int, state: str, *, proc: Path = _PROC, cgroups: Path = _CGROUPS) -> Processes | None:
    """Those of the container whose first process has this number, and which Podman says to be in this state. None when
    it has ended by now.
    """
    letters = [letter for each in _family(pid, proc) if (letter := _state(each, proc))]
    if not letters:
        return None
    frozen = state == "paused" or _is_frozen(pid, proc, cgroups)
    return Processes(count=len(letters), stopped=letters.count(_STOPPED), frozen=frozen)


def _family(pid: int, proc: Path) -> Iterator[int]:
    """The process and all below it. Processes that start or end meanwhile are found or not."""
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        yield each
        # each thread has a list of its own, and Pulp's processes may be started by any
        for listing in proc.glob(f"{each}/task/*/children"):
            waiting += [int(number) for number in _read(listing).split()]


def _state(pid: int, proc: Path) -> str:
    """The letter behind the name, which is in parentheses and may hold any character; empty when it has ended."""
    return _read(proc / str(pid) / "stat").rpartition(") ")[2][:1]


def _is_frozen(pid: int, proc: Path, cgroups: Path) -> bool:
    """Of version 2 of control groups, which also tells of a group above that is frozen."""
    unified = (line[3:] for line in _read(proc / str(pid) / "cgroup").splitlines() if line.startswith("0::"))
    events = _read(cgroups / next(unified, "/").lstrip("/") / "cgroup.events")
    return "frozen 1" in events.splitlines()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has just ended
        return ""
