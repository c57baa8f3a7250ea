"""The process that does one piece of work for the agent, and ends: what it needs in memory is gone with it.

It reads a request and later controls as lines of JSON, and tells events as such lines; see child.py, which is the
agent's side of it. The libraries that compile and that change Podman are loaded here and nowhere else in the agent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

from pulp_quadlet.agent.ask import Ask, Controls
from pulp_quadlet.agent.stories import Work
from pulp_quadlet.changing.back import cancelled
from pulp_quadlet.errors import ConflictError, ExitCode, HostError, PulpQuadletError, SiteError
from pulp_quadlet.host.machine import Machine
from pulp_quadlet.model.steps import Step
from pulp_quadlet.pipeline import Host
from pulp_quadlet.report.problems import as_json

MakeHost = Callable[[Callable[[str], None]], Host]
"""A host that tells the lines of long programs to a listener."""


class Events:
    """What the agent hears, a line of JSON for each."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def step(self, number: int, count: int, step: Step) -> None:
        """A step begins."""
        self.tell("step", number=number, count=count, title=step.title, why=list(step.why))

    def say(self, sentence: str) -> None:
        """Something that a person wants to know, between the steps or within one."""
        self.tell("note", text=sentence)

    def line(self, text: str) -> None:
        """A line of a long program."""
        self.tell("line", text=text)

    def waiting(self, seconds: float, text: str) -> None:
        """A try waits for its confirmation."""
        self.tell("waiting", seconds=seconds, text=text)

    def tell(self, event: str, **fields: Any) -> None:
        """One event. Threads of a long program may tell lines meanwhile."""
        with self._lock:
            self._stream.write(json.dumps({"event": event, **fields}) + "\n")
            self._stream.flush()


def run(make_host: MakeHost) -> NoReturn:
    """Do the work that standard input asks for. Errors end here, as the last event."""
    events = Events(sys.stdout)
    # whatever a library prints must not stand between the lines
    sys.stdout = sys.stderr
    try:
        ask = Ask.read(json.loads(sys.stdin.readline()))
        value = asyncio.run(_work(ask, events, make_host(events.line)))
    except PulpQuadletError as error:
        told = as_json(error)
        events.tell("error", exit=int(error.exit_code), error=_kind(error), **told)
        sys.exit(int(error.exit_code))
    except Exception as error:  # noqa: BLE001  # the composition root: the agent hears it, and its journal has the rest
        traceback.print_exc()
        bug = {"code": "bug", "message": f"{type(error).__name__}: {error}", "notes": [], "help": []}
        events.tell(
            "error", exit=int(ExitCode.BUG), error="bug", outcome="it is not known what was changed", problems=[bug]
        )
        sys.exit(int(ExitCode.BUG))
    events.tell("result", value=value)
    sys.exit(0)


async def _work(ask: Ask, events: Events, host: Host) -> dict[str, Any]:
    controls = Controls()
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def control(word: str) -> None:
        if word == "confirm":
            controls.confirmed.set()
        elif word == "cancel" and task is not None and not controls.cancelled:
            controls.cancelled = True
            task.cancel()

    listener = threading.Thread(target=_listen, args=(loop, control), daemon=True)
    listener.start()
    try:
        return await Work(host=host, events=events, controls=controls).do(ask)
    except asyncio.CancelledError:
        # a change that has begun tells its own end: this was before
        raise cancelled() from None


def _listen(loop: asyncio.AbstractEventLoop, control: Callable[[str], None]) -> None:
    """Controls, until the agent is gone: then nobody can confirm any more."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(control, str(json.loads(line).get("control", "")))
    if not loop.is_closed():
        loop.call_soon_threadsafe(control, "cancel")


def _kind(error: PulpQuadletError) -> str:
    codes = {problem.code for problem in error.problems}
    if "cancelled" in codes:
        return "cancelled"
    if "went back" in error.outcome:
        return "returned"
    for kind, name in ((SiteError, "site"), (ConflictError, "conflict"), (HostError, "host")):
        if isinstance(error, kind):
            return name
    return "host"


if __name__ == "__main__":
    run(lambda listener: Machine(listener=listener))
