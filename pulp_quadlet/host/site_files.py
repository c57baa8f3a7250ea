"""A site file and its lock, replaced together, and put back when what was to come of that did not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pulp_quadlet.config.source import SourceText, load
from pulp_quadlet.errors import ConflictError, Problem
from pulp_quadlet.host.writing import told, write
from pulp_quadlet.paths import lock_path


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """What a command read, and may write."""

    former: SourceText

    def write(self, wanted: SourceText) -> None:
        """Write both, the lock first: it answers nothing until the site file asks for it. Raises HostError, or
        ConflictError when somebody else wrote the site file since it was read.
        """
        path = Path(self.former.path)
        if load(path) != self.former:
            raise ConflictError(
                Problem(
                    code="site-file-changed",
                    message=f"{path} was changed meanwhile by somebody else",
                    help=("run the command again: it begins with what is there now",),
                )
            )
        self._put(wanted)

    def put_back(self) -> None:
        """Make both what they were. Raises HostError."""
        self._put(self.former)

    def _put(self, source: SourceText) -> None:
        lock = Path(lock_path(source.path))
        with told():
            if source.lock is None:
                lock.unlink(missing_ok=True)
            elif not lock.exists() or lock.read_bytes() != source.lock.encode():
                write(lock, source.lock, 0o644)
            replace(Path(source.path), source.text)


def replace(path: Path, text: str) -> None:
    """Another text in a file that keeps its owner and its mode, in one step."""
    if path.read_bytes() == text.encode():
        return
    found = path.stat()
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(text.encode())
        os.fchown(stream.fileno(), found.st_uid, found.st_gid)
        os.fchmod(stream.fileno(), found.st_mode & 0o7777)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
