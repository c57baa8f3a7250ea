"""Files and links that nobody ever reads half of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem


def write(path: Path, text: str, mode: int) -> None:
    """Write a file beside its place and rename it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def write_link(path: Path, target: str) -> None:
    """Make a link, or turn one, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() and os.readlink(path) == target:
        return
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)


@contextmanager
def told() -> Iterator[None]:
    """What the file system refuses becomes a HostError that names the file."""
    try:
        yield
    except OSError as error:
        raise HostError(
            Problem(code="write-failed", message=f"{error.filename} cannot be written: {error.strerror}")
        ) from error
