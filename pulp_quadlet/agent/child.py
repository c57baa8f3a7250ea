"""A process that does the work, and the lines of JSON that are spoken with it.

To it: the request, then `{"control": "cancel"}` or `{"control": "confirm"}`; the end of its input tells that the agent
is gone. From it: events, the last of which is `result` or `error`. What it says on standard error is a bug.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command

Event = dict[str, Any]
Control = Literal["cancel", "confirm"]
_LONGEST_LINE = 64 * 1024 * 1024  # bytes; a plan or a tree is one line
_KEPT_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a process is asked to do. `job` is 0 for questions, which change nothing."""

    verb: str
    file: str
    options: dict[str, Any]
    job: int = 0
    user: str = "root"

    def as_line(self) -> bytes:
        """As the process reads it."""
        options = {key: value for key, value in self.options.items() if key != "host"}
        return _line(
            {
                "verb": self.verb,
                "file": self.file,
                "host": self.options.get("host"),
                "options": options,
                "job": self.job,
                "user": self.user,
            }
        )


class Child:
    """One such process, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, argv: Sequence[str], request: Request) -> Self:
        """Start a process and hand it its request. Raises HostError when it cannot be started."""
        starting = asyncio.ensure_future(command.begin(argv, longest_line=_LONGEST_LINE))
        try:
            child = cls(await asyncio.shield(starting))
        except asyncio.CancelledError:
            # asyncio waits for ever where the start itself is cancelled
            await cls(await starting).end()
            raise
        child._send(request.as_line())
        return child

    @property
    def said(self) -> tuple[str, ...]:
        """The last lines of its standard error."""
        return tuple(self._said)

    def control(self, word: Control) -> None:
        """Tell it to stop and go back, or that a try is confirmed. One that has ended does not hear it."""
        self._send(_line({"control": word}))

    async def events(self) -> AsyncIterator[Event]:
        """What it says, to the end of its life. Raises HostError when it ends without a result or an error."""
        output = self._process.stdout
        last: Event = {}
        while output is not None and (line := await output.readline()):
            last = _event(line)
            yield last
        status = await self._process.wait()
        await self._listening
        if last.get("event") not in {"result", "error"}:
            raise HostError(
                Problem(
                    code="work-died",
                    message=f"the process that did the work {_ended(status)} before it was done",
                    notes=self.said,
                    help=("journalctl -u pulp-quadlet-agent.service", "this is a mistake of pulp-quadlet; report it"),
                ),
                outcome="it is not known what was changed",
            )

    async def end(self) -> None:
        """Leave no process behind."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._listening.cancel()

    def _send(self, line: bytes) -> None:
        door = self._process.stdin
        if door is not None and not door.is_closing():
            with suppress(ConnectionError):
                door.write(line)

    async def _listen(self) -> None:
        errors = self._process.stderr
        while errors is not None and (line := await errors.readline()):
            self._said.append(line.decode(errors="replace").rstrip())


def _line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _event(line: bytes) -> Event:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        # a library that prints where it should not; nothing is lost but its words
        return {"event": "line", "text": line.decode(errors="replace").rstrip()}
    return event


def _ended(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
