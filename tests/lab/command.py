"""Programs are started here, and nowhere else below `tests/`."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHOWN = 4000  # characters of an output that an error quotes; the end of it tells most
LAST_WORDS = 5.0  # seconds that a killed program gets to close its pipes


@dataclass(frozen=True, slots=True)
class Result:
    """What a program said and how it ended; a negative status is the signal that killed it."""

    stdout: str
    stderr: str
    status: int


class CommandError(Exception):
    """A program failed, or took longer than it was given."""

    def __init__(self, argv: Sequence[str], why: str, result: Result) -> None:
        quoted = [
            f"--- {name}\n{text[-SHOWN:].rstrip()}"
            for name, text in (("stdout", result.stdout), ("stderr", result.stderr))
            if text.strip()
        ]
        super().__init__("\n".join([f"`{shlex.join(argv)}` {why}", *quoted]))
        self.result = result


def run(
    argv: Sequence[str],
    *,
    input: bytes | IO[bytes] | None = None,  # noqa: A002  the name that subprocess.run uses
    check: bool = True,
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    on_timeout: Callable[[], None] = lambda: None,
    shown_as: Sequence[str] | None = None,
) -> Result:
    """Run a program to its end. `on_timeout` kills what the program left outside the reach of a plain kill;
    `shown_as` is the command as its caller knows it, without the wrappers around it.
    """
    source = input if input is None or isinstance(input, bytes) else None
    stdin = subprocess.PIPE if isinstance(input, bytes) else subprocess.DEVNULL if input is None else input
    with subprocess.Popen(
        argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd, pass_fds=pass_fds
    ) as process:
        try:
            out, err = process.communicate(source, timeout)
        except subprocess.TimeoutExpired:
            on_timeout()
            late = _kill(process)
            raise CommandError(shown_as or argv, f"was not done after {timeout:g} s", late) from None
        except BaseException:
            on_timeout()
            process.kill()
            raise
    result = Result(_text(out), _text(err), process.returncode)
    if check and result.status:
        raise CommandError(shown_as or argv, f"ended with status {result.status}", result)
    return result


def attach(argv: Sequence[str]) -> int:
    """Run a program on our own terminal or pipes, and return its status."""
    return subprocess.call(argv)


def _kill(process: subprocess.Popen[bytes]) -> Result:
    process.kill()
    try:
        out, err = process.communicate(timeout=LAST_WORDS)
    except subprocess.TimeoutExpired as unheard:
        # Somebody else holds the pipe. What was said until now is still worth showing.
        out, err = unheard.stdout or b"", unheard.stderr or b""
    return Result(_text(out), _text(err), process.returncode or -9)


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")
