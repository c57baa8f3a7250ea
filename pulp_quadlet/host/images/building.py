"""Carry one build of Podman to its end, and leave nothing of it behind when it fails or is given up.

    python -m pulp_quadlet.host.images.building podman build ...

It runs outside of the agent's sandbox, beside Podman. Whoever started it gives the build up by closing its standard
input, which the kernel does when he dies. Podman itself cleans up after a step that fails, but not when it is killed:
so what it runs in the step is ended, and Podman finds that the step has failed.

What a build that was killed all the same has left, at a loss of power for instance, is removed before the next one. It
is known by a host name that each build of ours is told, and finished layers by our label.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pulp_quadlet.host import command
from pulp_quadlet.model.labels import RECIPE_LABEL
from pulp_quadlet.paths import RUN

MARK = "build.pulp-quadlet.invalid"
"""A name in the hosts file of our builds; nothing else tells whose a working container of buildah is."""
_SCRATCH = Path("/var/tmp")  # noqa: S108  # where buildah has its own temporary folders
_AGAIN = 0.3  # seconds between two attempts to end what a step runs
_GIVEN_UP = 130
_PATIENCE = 30.0  # seconds, for Podman to notice and to clean up


def words(podman_build: Sequence[str]) -> tuple[str, ...]:
    """The command that carries a build, for whoever starts it."""
    return (sys.executable, "-m", __name__, *podman_build)


def scratch() -> Path:
    """A folder that is the same inside and outside of the agent's sandbox, as /tmp is not."""
    folder = Path(os.environ.get("RUNTIME_DIRECTORY", RUN))
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def main(argv: Sequence[str]) -> int:
    """One at a time on this host: what lies around meanwhile belongs to nobody."""
    wish = _Wish()
    with _alone(wish):
        _clean()
        status = _carried([*argv[:2], f"--add-host={MARK}:127.0.0.1", "--force-rm", *argv[2:]], wish)
        if status != 0:
            _clean()
    return status


class _Wish:
    """That the build ends: our standard input has ended, or our unit is stopped."""

    def __init__(self) -> None:
        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def came(self, *others: int) -> bool:
        """Wait a moment for it, or for one of these descriptors."""
        ready, _, _ = select.select((0, *others), (), (), _AGAIN)
        return self._stopped or 0 in ready


def _carried(argv: Sequence[str], wish: _Wish) -> int:
    with command.start(argv) as podman:
        done = os.pidfd_open(podman.pid)
        while podman.poll() is None:
            if wish.came(done):
                _give_up(podman)
        os.close(done)
        return podman.wait()


def _give_up(podman: command.Child) -> None:
    since = time.monotonic()
    while podman.poll() is None:
        children = tuple(_children(podman.pid))
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        waited = time.monotonic() - since
        if waited > _PATIENCE:
            podman.kill()
        elif not children and waited > _PATIENCE / 3:
            podman.terminate()  # it runs nothing: it waits for a registry
        time.sleep(_AGAIN)


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, task.read_text(encoding="ascii").split())


def _clean() -> None:
    """Working containers, folders and layers that belong to no image."""
    _remove(("rm", "--force"), tuple(_working_containers()))
    for folder in _SCRATCH.glob("buildah*"):
        if _is_marked(folder / "hosts") and str(folder) not in Path("/proc/self/mountinfo").read_text(encoding="utf-8"):
            shutil.rmtree(folder, ignore_errors=True)
    listed = ("images", "--quiet", "--no-trunc", "--filter=dangling=true", f"--filter=label={RECIPE_LABEL}")
    _remove(("image", "rm"), tuple(dict.fromkeys(_said(*listed).split())))


def _working_containers() -> Iterator[str]:
    listed = json.loads(_said("ps", "--all", "--external", "--format=json") or "[]")
    foreign = [each["Id"] for each in listed if not each.get("Pid") and "buildah" in (each.get("Command") or ())]
    if foreign:
        root = Path(_said("info", "--format={{.Store.GraphRoot}}").strip())
        yield from (each for each in foreign if any(map(_is_marked, _kept_of(root, each))))


def _kept_of(root: Path, container: str) -> Iterator[Path]:
    """Where buildah writes down what a build was told."""
    return root.glob(f"*-containers/{container}/userdata/buildah.json")


def _is_marked(path: Path) -> bool:
    try:
        return MARK in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _remove(how: tuple[str, ...], which: tuple[str, ...]) -> None:
    """What is used by somebody stays; a build does not fail for it."""
    if which:
        command.run(("podman", *how, *which))


def _said(*argv: str) -> str:
    return command.run(("podman", *argv)).stdout


@contextmanager
def _alone(wish: _Wish) -> Iterator[None]:
    with (scratch() / ".build.lock").open("w", encoding="ascii") as file:
        while not _locked(file.fileno()):
            if wish.came():
                sys.exit(_GIVEN_UP)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
