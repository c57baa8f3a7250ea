"""How much room there is where the site writes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pulp_quadlet.model.verdict import Disk


def ask(path: str) -> tuple[int, os.statvfs_result]:
    """The number of the file system that holds a path, and how it is. Raises OSError; a server of network file systems
    that is away makes it hang.
    """
    return Path(path).stat().st_dev, os.statvfs(path)


def merged(found: Iterable[tuple[str, tuple[int, os.statvfs_result] | str]]) -> tuple[Disk, ...]:
    """One value for each file system; in place of an answer stands why there was none."""
    disks: dict[int | str, Disk] = {}
    for path, answer in found:
        if isinstance(answer, str):
            disks[path] = Disk(paths=(path,), error=answer)
            continue
        device, room = answer
        known = disks.get(device)
        disks[device] = replace(known, paths=(*known.paths, path)) if known else _disk(path, room)
    return tuple(disks.values())


def _disk(path: str, room: os.statvfs_result) -> Disk:
    return Disk(paths=(path,), size=room.f_blocks * room.f_frsize, free=room.f_bavail * room.f_frsize)
