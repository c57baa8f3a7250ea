"""Write a lock beside its site file, wherever that lies."""

from __future__ import annotations

import asyncio
import errno
import tempfile
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.outside import outside
from pulp_quadlet.host.writing import told, write
from pulp_quadlet.paths import RUN

_SCRATCH = Path(RUN)


async def write_lock(path: Path, text: str) -> None:
    """In one step. The agent may only read a site file below /root or /home, and has others write there. Raises
    HostError.
    """
    try:
        with told():
            write(path, text, 0o644)
    except HostError as error:
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno != errno.EROFS:
            raise
        await asyncio.to_thread(_write_outside, path, text)


def _write_outside(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    with told():
        _SCRATCH.mkdir(mode=0o755, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=_SCRATCH, encoding="utf-8") as made:
        made.write(text)
        made.flush()
        for argv in (("install", "-m", "0644", "-T", made.name, str(new)), ("mv", "-T", str(new), str(path))):
            done = command.run(outside(argv))
            if done.status != 0:
                raise HostError(
                    Problem(code="write-failed", message=f"{path} cannot be written: {done.stderr.strip()}")
                )
