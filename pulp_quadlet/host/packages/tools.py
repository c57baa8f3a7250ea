"""Programs that run once in a container of the image with pip, with a folder of their own to write to."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import oneshot
from pulp_quadlet.host.oneshot import Once
from pulp_quadlet.host.writing import told
from pulp_quadlet.locking.asked import SOURCES
from pulp_quadlet.locking.words import disk_full
from pulp_quadlet.model.deployment import BuiltImage, TextFile
from pulp_quadlet.model.service import Confinement, Mount, Owner
from pulp_quadlet.paths import WHEELHOUSE
from pulp_quadlet.resources import read_text

_OF_ALL_SITES = ".wheels"
"""In the place of a site's name: what is run here is for all sites, and one at a time."""
_PULP = Owner(uid=700, gid=700)
_PYTHON = "/opt/tools/bin/python"
_PROGRAMS = "/usr/share/pulp-quadlet/tools"
_CA = "--cert"
_KEPT_LINES = 20
_TAKES_AT_MOST = 1800.0  # seconds; twenty are usual, and compilers take minutes
_FILES = "container_file_t"
_PARTS = ("tmp", "sources", "wheels", "built")


@asynccontextmanager
async def folder_of_one_run(home: Path = Path(WHEELHOUSE)) -> AsyncIterator[Path]:
    """A folder that the container writes to, with parts for each purpose; nobody else on the host reaches it.

    It lies beside the wheels, so that there is as much room. What a killed run left is removed by the next.
    """
    with room():
        new = home / ".new"
        new.mkdir(parents=True, exist_ok=True)
        new.chmod(0o700)
        lock = (home / ".lock").open("w", encoding="utf-8")
    try:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        with room():
            for left in new.iterdir():
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=new))
            for part in (folder, *(folder / name for name in _PARTS)):
                part.mkdir(exist_ok=True)
                part.chmod(0o777)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.close()


@contextmanager
def room() -> Iterator[None]:
    """A full disk becomes a HostError of its own, and whatever else the file system refuses one with its file."""
    try:
        with told():
            yield
    except HostError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise HostError(disk_full()) from error
        raise


async def ask(program: str, image: BuiltImage, question: str, folder: Path) -> Mapping[str, Any]:
    """What `units/images/PROGRAM.py` answers. `image` is that of Pulp; its tools must be there.

    Raises HostError when the program does not come to an answer.
    """
    done = await oneshot.run(once(program, image, question, folder))
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if done.status != 0 or not isinstance(answer, dict):
        lines = tuple(line for line in done.stderr.splitlines() if line.strip())
        raise HostError(
            Problem(
                code="tools-failed",
                message=f"the program `{program}` in the image with pip ended with status {done.status}",
                notes=lines[-_KEPT_LINES:],
            )
        )
    return answer


def once(program: str, image: BuiltImage, question: str, folder: Path) -> Once:
    """The container. It has the network of builds, and sees nothing of the host but what builds may see."""
    if image.packages is None or image.tools is None:
        raise ValueError(f"{image.reference} has no Python packages")
    tools = image.tools
    cache = _cache(folder.parents[1])
    seen = tuple(
        Mount(source=source, target=target)
        for source, target in image.packages.mounts
        if not target.startswith(f"{SOURCES}/")
    )
    own = (
        Mount(source=str(folder), target="/mnt/new", writable=True),
        Mount(source=str(folder / "sources"), target=SOURCES, writable=True),
        Mount(source=str(cache), target="/mnt/cache", writable=True),
    )
    return Once(
        site=_OF_ALL_SITES,
        name=f"pulp-quadlet-{program}",
        image=tools.reference,
        command=(_PYTHON, f"{_PROGRAMS}/{program}.py"),
        owner=_PULP,
        environment=_environment(image.packages.options),
        mounts=(*seen, *own),
        files=(
            *(_program(name) for name in ("pip_run", program)),
            TextFile(path=f"{_PROGRAMS}/question.json", text=question),
        ),
        confinement=Confinement(type=tools.type, file_type=_FILES) if tools.type else None,
        network="host" if image.network else "none",
        limit=_TAKES_AT_MOST,
    )


def _cache(home: Path) -> Path:
    """What pip keeps of the index, so that it need not be asked again. Users of the host do not reach it: whoever could
    write there would choose what is locked.
    """
    closed = home / ".cache"
    cache = closed / "pip"
    with room():
        closed.mkdir(exist_ok=True)
        closed.chmod(0o700)
        cache.mkdir(exist_ok=True)
        cache.chmod(0o777)
    return cache


def _program(name: str) -> TextFile:
    return TextFile(path=f"{_PROGRAMS}/{name}.py", text=read_text(f"images/{name}.py"))


def _environment(options: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Nothing of a person's own configuration of pip, and nobody is asked for a password."""
    ca = options[options.index(_CA) + 1] if _CA in options else ""
    return (
        ("HOME", "/tmp"),  # noqa: S108  # a folder in memory, of this container alone
        ("TMPDIR", "/mnt/new/tmp"),
        ("LANG", "C.UTF-8"),
        ("PIP_CACHE_DIR", "/mnt/cache"),
        ("PIP_CONFIG_FILE", os.devnull),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        *([("GIT_SSL_CAINFO", ca)] if ca else []),
    )
