"""The only place that starts processes: always a list of words, never a shell.

`run` is for short programs and blocks; commands of the command line that only compile do without asyncio, since
loading it would take a tenth of their time.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from pulp_quadlet.errors import HostError, Problem

if TYPE_CHECKING:
    import asyncio

Listener = Callable[[str], None]
Child = subprocess.Popen[bytes]
_KEPT_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a program said and how it ended."""

    status: int
    stdout: str
    stderr: str


def run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program to its end, whatever its status. Raises HostError when it cannot be started."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **(environment or {})},
            check=False,
        )
    except OSError as error:
        raise _not_started(argv, error) from error
    return Finished(
        status=done.returncode,
        stdout=done.stdout.decode(errors="replace"),
        stderr=done.stderr.decode(errors="replace"),
    )


def start(argv: Sequence[str]) -> Child:
    """Start a long program with the output that we have, for those who look after it themselves.

    It has a session of its own, since an interrupt from a terminal would reach it, too. Raises HostError.
    """
    try:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        raise _not_started(argv, error) from error


async def follow(argv: Sequence[str], listener: Listener, *, tied: bool = False) -> None:
    """Run a long program and pass on its lines as they come. Raises HostError with the last ones when it fails.

    One that is `tied` takes the end of its standard input for the wish that it ends, and is waited for.
    """
    import asyncio

    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE if tied else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1024 * 1024,
        )
    except OSError as error:
        raise _not_started(argv, error) from error
    lines: list[str] = []
    try:
        while process.stdout is not None and (line := await process.stdout.readline()):
            text = line.decode(errors="replace").rstrip()
            listener(text)
            lines = [*lines[-_KEPT_LINES:], text]
        status = await process.wait()
    except asyncio.CancelledError:
        if process.stdin is None:
            process.terminate()
        else:
            process.stdin.close()
        await process.communicate()  # what it still says has to go somewhere, or it would wait for that
        raise
    if status != 0:
        raise HostError(
            Problem(
                code="command-failed",
                message=f"`{argv[0]} {argv[1]}` ended with status {status}",
                notes=tuple(lines),
            )
        )


async def begin(argv: Sequence[str], *, longest_line: int) -> asyncio.subprocess.Process:
    """Start a program to talk with by lines. The kernel kills it as soon as we are gone, however we go.

    `setpriv` asks for that and becomes the program. A function between fork and exec could do the same, but it would
    run in a copy of this process, whose other threads may hold any lock. Raises HostError when it cannot be started.
    """
    import asyncio

    pipe = asyncio.subprocess.PIPE
    tied = ("setpriv", "--pdeathsig", "KILL", "--", *argv)
    try:
        return await asyncio.create_subprocess_exec(*tied, stdin=pipe, stdout=pipe, stderr=pipe, limit=longest_line)
    except OSError as error:
        raise _not_started(tied, error) from error


async def pipe(argv: Sequence[str], *, source: IO[bytes] | None = None, target: IO[bytes] | None = None) -> None:
    """Run a program between two files of ours, for more bytes than we could hold. It ends when we are cancelled.

    Raises HostError with the last lines of its complaints when it fails.
    """
    import asyncio

    null = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=source or null, stdout=target or null, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise _not_started(argv, error) from error
    try:
        _, complaints = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise HostError(
            Problem(
                code="command-failed",
                message=f"`{argv[0]} {argv[1]}` ended with status {process.returncode}",
                notes=tuple(complaints.decode(errors="replace").splitlines()[-_KEPT_LINES:]),
            )
        )


def _not_started(argv: Sequence[str], error: OSError) -> HostError:
    return HostError(
        Problem(
            code="command-missing" if isinstance(error, FileNotFoundError) else "command-failed",
            message=f"`{argv[0]}` could not be started: {error.strerror}",
            help=("install Podman 4.9 or newer",) if argv[0] == "podman" else (),
        )
    )
