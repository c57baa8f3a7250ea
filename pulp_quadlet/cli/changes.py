"""Commands that let the agent change this host: apply, try, confirm, rollback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pulp_quadlet.cli.bus import absolute, options, play, the_agent
from pulp_quadlet.cli.onhost import health_text
from pulp_quadlet.cli.options import detailed_option, host_option, json_option, podman_option, site_option
from pulp_quadlet.cli.output import Progress, say, say_json
from pulp_quadlet.errors import ExitCode
from pulp_quadlet.quadlet.version import PodmanVersion

if TYPE_CHECKING:
    from pulp_quadlet.agent.client import Agent, RemoteJob

_LONGEST_TRY = 86400
plan_option = click.option(
    "--plan", "plan_id", metavar="ID", help="Do this plan and no other: the `plan` that `plan --json` told."
)


@click.command()
@site_option
@host_option
@plan_option
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Write below this folder, the root of an image, instead of changing this running system.",
)
@podman_option
@detailed_option
@json_option
@click.pass_context
def apply(  # noqa: PLR0913, PLR0917  they are options
    ctx: click.Context,
    path: Path,
    host: str | None,
    plan_id: str | None,
    root: Path | None,
    version: PodmanVersion | None,
    detailed: bool,
    as_json: bool,
) -> int:
    """Make this host what the site file says, or go back. A second run does nothing."""
    if root is not None:
        if plan_id:
            raise click.UsageError("--plan and --root exclude each other: an image has no plan")
        if detailed:
            raise click.UsageError("--detailed-exit-code and --root exclude each other: an image is always written")
        from pulp_quadlet.cli.image_root import prepare

        said = ctx.get_parameter_source("path") is not ParameterSource.DEFAULT
        prepare(root, path if said else None, host, version, as_json=as_json)
        return ExitCode.DONE
    if version is not None:
        raise click.UsageError("--podman needs --root: a running host has a version of its own")
    file, given = absolute(path), options(host, plan=plan_id)
    done = _unchanged(file, given) or play(changed("Apply", "sa{sv}", file, given, as_json=as_json))
    status = told(done, as_json=as_json)
    return ExitCode.CHANGED if detailed and done["steps"] and status == ExitCode.DONE else status


def _unchanged(file: str, given: dict[str, Any]) -> dict[str, Any] | None:
    """What there is to tell when nothing has to be done. Root may see for himself, which costs less than to start an
    agent that does; whoever else asks the agent, which asks polkit.
    """
    if os.geteuid() != 0:
        return None
    from pulp_quadlet.agent.unchanged import unchanged

    return play(unchanged(file, given))


@click.command(name="try")
@site_option
@host_option
@plan_option
@click.option(
    "--seconds",
    type=click.IntRange(1, _LONGEST_TRY),
    default=120,
    show_default=True,
    help="How long it waits for you to confirm it.",
)
@json_option
def try_(path: Path, host: str | None, plan_id: str | None, seconds: int, as_json: bool) -> int:
    """Apply, and go back again unless it is confirmed in time."""
    given = options(host, plan=plan_id)
    done = play(changed("Try", "sua{sv}", absolute(path), seconds, given, as_json=as_json))
    return told(done, as_json=as_json)


@click.command()
@json_option
def confirm(as_json: bool) -> None:
    """Keep what a `try` applied that is still waiting."""

    async def story() -> None:
        async with the_agent() as agent:
            await agent.confirm()

    play(story())
    say_json({"confirmed": True}) if as_json else say("It is kept.")


@click.command()
@site_option
@host_option
@click.option(
    "--to",
    "generation",
    type=click.IntRange(0),
    default=0,
    metavar="GENERATION",
    help="Which one, by its number in `history`.  [default: the last good one before the current]",
)
@click.option(
    "--restore-database",
    is_flag=True,
    help="Put back the dump of the database where nothing else undoes a migration; newer data is lost.",
)
@json_option
def rollback(path: Path, host: str | None, generation: int, restore_database: bool, as_json: bool) -> int:
    """Apply an earlier generation again."""
    given = options(host, restore_database=restore_database)
    done = play(changed("Rollback", "sua{sv}", absolute(path), generation, given, as_json=as_json))
    return told(done, as_json=as_json)


class Asking(Progress):
    """The progress of a try: who sits at the terminal confirms it by a key."""

    def __init__(self, agent: Agent, *, quiet: bool) -> None:
        super().__init__(quiet=quiet)
        self._agent = agent
        self._asked: list[asyncio.Task[None]] = []

    def waiting(self, text: str) -> None:
        super().waiting(text)
        if sys.stdin.isatty() and not self.quiet:
            sys.stderr.write("Press Enter to keep it, Ctrl-C to go back.\n")
            asyncio.get_running_loop().add_reader(sys.stdin, self._entered)

    def _entered(self) -> None:
        sys.stdin.readline()
        loop = asyncio.get_running_loop()
        loop.remove_reader(sys.stdin)
        self._asked.append(loop.create_task(self._agent.confirm()))


async def changed(member: str, signature: str, *arguments: Any, as_json: bool) -> dict[str, Any]:
    """The result of a job that the agent does, told as it goes on."""
    async with the_agent() as agent:
        progress = Asking(agent, quiet=as_json)
        job = await agent.begin(member, signature, *arguments, listener=progress)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, _interrupted(job, progress))
        try:
            return await job.result()
        finally:
            progress.done()


def _interrupted(job: RemoteJob, progress: Progress) -> Callable[[], None]:
    """What the first Ctrl-C does. The second one is Python's again, and leaves the job alone."""
    loop = asyncio.get_running_loop()
    asked = []

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        asked.append(loop.create_task(job.cancel()))
        progress.done()
        sys.stderr.write(f"job {job.number} was asked to stop and goes back; Ctrl-C again does not wait for it\n")

    return interrupt


def told(done: dict[str, Any], *, as_json: bool) -> int:
    """Say what was done and how Pulp is now."""
    from pulp_quadlet.report.plan import kept_text

    if as_json:
        say_json(done)
    else:
        count = len(done["steps"])
        did = "1 step was done." if count == 1 else f"{count} steps were done." if count else "Nothing had to be done."
        say(f"{did}\n{health_text(done['health'])}")
        if done.get("kept"):
            say(kept_text(done))
        if done.get("site_file_changed"):
            sys.stderr.write("warning: the site file was changed meanwhile; what was applied is how it was before\n")
    return ExitCode.DONE if done["health"]["healthy"] else ExitCode.UNHEALTHY


COMMANDS = (apply, try_, confirm, rollback)
