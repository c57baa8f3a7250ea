"""The composition root of the agent: it ties the parts together, serves, and leaves when nobody needs it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from pulp_quadlet import __version__
from pulp_quadlet.agent import contract, journal
from pulp_quadlet.agent.access import Access
from pulp_quadlet.agent.board import BusBoard
from pulp_quadlet.agent.child import Request
from pulp_quadlet.agent.health_of import Watcher
from pulp_quadlet.agent.idle import Idle
from pulp_quadlet.agent.jobs import Jobs, Short
from pulp_quadlet.agent.journal import Journal
from pulp_quadlet.agent.manager import Manager
from pulp_quadlet.agent.notify import Notifier
from pulp_quadlet.agent.questions import Questions
from pulp_quadlet.agent.recovery import Recovery
from pulp_quadlet.agent.watching import Watching
from pulp_quadlet.dbus.connection import Bus, connected
from pulp_quadlet.dbus.server import Server
from pulp_quadlet.errors import ExitCode, PulpQuadletError
from pulp_quadlet.paths import HOME
from pulp_quadlet.report.problems import as_json, format_error

IDLE_TIMEOUT = 60.0
WORK = (sys.executable, "-m", "pulp_quadlet.agent.work")
_EXTENSION = "EXTEND_TIMEOUT_USEC=60000000"
_POLL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an agent is made with; tests make it with others. `work` is the command that starts a process for a job or
    a question, `address` that of the bus, `idle_timeout` is in seconds, and `home` has the folders of the sites.
    """

    watcher: Watcher
    short: Short | None = None
    work: Sequence[str] = WORK
    address: str | None = None
    idle_timeout: float = IDLE_TIMEOUT
    home: Path = Path(HOME)
    counter: Path = Path("/var/lib/pulp-quadlet/.last-job")


class Agent:
    """All parts, on one connection to the bus."""

    def __init__(self, bus: Bus, setting: Setting) -> None:
        self._bus = bus
        self._journal = Journal()
        self._notifier = Notifier()
        self._server = Server(bus, contract.xml(), describe=lambda error: json.dumps(as_json(error)), bug=self._bug)
        self._idle = Idle(setting.idle_timeout, lambda: self._jobs.current is not None or bool(self._watching.files))
        access = Access(bus)
        board = BusBoard(self._server, access, self._idle)
        self._jobs = Jobs(setting.work, board, self._journal, counter=setting.counter, short=setting.short)
        questions = Questions(setting.work)
        self._watching = Watching(bus, self._server, setting.watcher, questions.ask)
        self._recovery = Recovery(self._jobs, setting.home)
        manager = Manager(
            bus, access, self._jobs, questions, self._watching, self._recovery, self._idle, home=str(setting.home)
        )
        self._server.add(contract.PATH, {contract.MANAGER: manager})

    async def serve(self) -> ExitCode:
        """From the name on the bus to the end. Anything but DONE lets systemd start the agent again."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: self._bug(context.get("exception") or str(context)))
        asked_to_stop = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, asked_to_stop.set)
        loop.add_signal_handler(signal.SIGINT, asked_to_stop.set)
        await self._bus.own(contract.NAME)
        # after the name, which one agent has: two would be in each other's way
        self._recovery.begin()
        self._notifier.say("READY=1", "STATUS=Waiting for calls on the message bus")
        watchdog = asyncio.create_task(self._notifier.keep_watchdog())
        try:
            return await self._until_the_end(asked_to_stop)
        finally:
            watchdog.cancel()

    async def _until_the_end(self, asked_to_stop: asyncio.Event) -> ExitCode:
        stop = asyncio.ensure_future(asked_to_stop.wait())
        idle = asyncio.ensure_future(self._idle.long_enough())
        ends: list[asyncio.Future[Any]] = [stop, idle, self._bus.closed]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        if self._bus.closed.done():
            await self._go_on_alone()
            return ExitCode.HOST
        await (self._stop() if stop.done() else self._leave(stop))
        return ExitCode.DONE

    async def _leave(self, stop: asyncio.Future[Any]) -> None:
        """Nobody needs us. No call is lost: once systemd knows that we stop, it starts us anew for a call that comes
        after the name is given back, and what came before that is answered.
        """
        self._notifier.say("STOPPING=1", "STATUS=Nothing to do")
        await self._notifier.settled()
        await self._bus.release(contract.NAME)
        while (self._server.busy or self._jobs.current is not None) and not stop.done():
            self._notifier.say(_EXTENSION)
            await asyncio.sleep(_POLL)
        await self._stop()

    async def _stop(self) -> None:
        """Somebody wants us to end: a job goes back first, and every call gets its answer."""
        self._notifier.say("STOPPING=1", "STATUS=Ending")
        await self._jobs.end()
        await self._watching.end()
        await self._server.close()

    async def _go_on_alone(self) -> None:
        """The bus is lost, and with it whoever could confirm a try. Any other job is brought to its end: it has a
        connection of its own, or none.
        """
        self._journal.say("the connection to the message bus is lost", journal.ERROR)
        job = self._jobs.current
        if job is not None and job.kind == "try" and not job.confirmed:
            job.control("cancel")
        if job is not None:
            await job.over.wait()

    def _bug(self, error: BaseException | str) -> None:
        """No caller sees it; the journal has all of it."""
        told = error if isinstance(error, str) else "".join(traceback.format_exception(error))
        self._journal.say(f"a bug in pulp-quadlet: {told}", journal.ERROR)


async def serve(setting: Setting) -> ExitCode:
    """An agent, from its connection to its end. Raises PulpQuadletError when it cannot begin."""
    async with connected(setting.address) as bus:
        return await Agent(bus, setting).serve()


def main() -> NoReturn:
    """The program `pulp-quadlet-agent`."""
    from pulp_quadlet.agent.watch import watch

    run(sys.argv[1:], Setting(watcher=watch, short=_unchanged))


async def _unchanged(request: Request) -> dict[str, Any] | None:
    # when it is wanted, since an agent that only answers questions does without it
    from pulp_quadlet.agent.unchanged import unchanged

    return await unchanged(request.file, request.options)


def run(arguments: Sequence[str], setting: Setting) -> NoReturn:
    """Serve with what the command line says. Errors end here; systemd has them in the journal."""
    made = _with(arguments, setting) if arguments else setting
    try:
        sys.exit(asyncio.run(serve(made)))
    except PulpQuadletError as error:
        sys.stderr.write(format_error(error, colour=False))
        sys.exit(error.exit_code)


def _with(arguments: Sequence[str], setting: Setting) -> Setting:
    import argparse  # the bus starts the agent without a word, and then it needs not be loaded

    parser = argparse.ArgumentParser(
        prog="pulp-quadlet-agent", description="The agent of pulp-quadlet; the bus starts it."
    )
    parser.add_argument("--version", action="version", version=f"pulp-quadlet-agent {__version__}")
    parser.add_argument(
        "--idle-timeout",
        type=float,
        default=setting.idle_timeout,
        metavar="SECONDS",
        help="leave when nothing was to do for so long (default: %(default)g)",
    )
    return replace(setting, idle_timeout=parser.parse_args(arguments).idle_timeout)
