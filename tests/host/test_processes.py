"""Stopped and frozen processes, found in /proc: that of this machine, and one made of files."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251  # the test stops what it starts
import sys
import time
from typing import TYPE_CHECKING

from pulp_quadlet.host.processes import processes
from pulp_quadlet.model.verdict import Processes

if TYPE_CHECKING:
    from pathlib import Path

PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()']); print('up', flush=True); input()"


def wait_until(expected: Processes | None, pid: int) -> Processes | None:
    """The kernel needs a moment to stop a process."""
    end = time.monotonic() + 5
    while (found := processes(pid, "running")) != expected and time.monotonic() < end:
        time.sleep(0.01)
    return found


def test_a_stopped_process_and_its_children() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert wait_until(Processes(count=2), parent.pid) == Processes(count=2)
        os.kill(parent.pid, signal.SIGSTOP)
        assert wait_until(Processes(count=2, stopped=1), parent.pid) == Processes(count=2, stopped=1)
        os.kill(parent.pid, signal.SIGCONT)
        assert wait_until(Processes(count=2), parent.pid) == Processes(count=2)
        parent.kill()
    assert processes(parent.pid, "running") is None


def made(proc: Path, pid: int, stat: str, children: str = "", cgroup: str = "0::/pulp\n") -> None:
    folder = proc / str(pid)
    (folder / "task" / str(pid)).mkdir(parents=True)
    (folder / "stat").write_text(stat)
    (folder / "cgroup").write_text(cgroup)
    (folder / "task" / str(pid) / "children").write_text(children)


def test_a_name_may_hold_anything(tmp_path: Path) -> None:
    made(tmp_path, 7, "7 (evil) T ) S) T 1 7", "8 9 ")
    made(tmp_path, 8, "8 (b) S 7")
    found = processes(7, "running", proc=tmp_path, cgroups=tmp_path)
    assert found == Processes(count=2, stopped=1)


def test_a_frozen_group_is_told_by_the_kernel_or_by_podman(tmp_path: Path) -> None:
    made(tmp_path, 7, "7 (a) S 1", cgroup="6:freezer:/x\n0::/pulp/a\n")
    events = tmp_path / "cgroups" / "pulp" / "a" / "cgroup.events"
    events.parent.mkdir(parents=True)
    events.write_text("populated 1\nfrozen 0\n")
    look = {"proc": tmp_path, "cgroups": tmp_path / "cgroups"}
    assert processes(7, "running", **look) == Processes(count=1)
    assert processes(7, "paused", **look) == Processes(count=1, frozen=True)
    events.write_text("populated 1\nfrozen 1\n")
    assert processes(7, "running", **look) == Processes(count=1, frozen=True)
