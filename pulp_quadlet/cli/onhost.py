"""Commands that ask or change this host: plan, apply, status."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from pulp_quadlet.cli.options import host_option, json_option, site_option
from pulp_quadlet.cli.output import Progress, colour, say, say_json
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import ExitCode

_Value = TypeVar("_Value")


@click.command()
@site_option
@host_option
@json_option
def plan(path: Path, host: str | None, as_json: bool) -> None:
    """Say what `apply` would do, and why. Nothing is changed."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.host.machine import Machine
    from pulp_quadlet.report.plan import plan_json, plan_text

    machine = Machine()

    async def story() -> None:
        compiled = pipeline.compile_site(load(path), await machine.target(host))
        made = await pipeline.make_plan(compiled, machine)
        say_json(plan_json(made)) if as_json else say(plan_text(made))

    _run(story())


@click.command()
@site_option
@host_option
@json_option
def apply(path: Path, host: str | None, as_json: bool) -> int:
    """Make this host what the site file says. A second run does nothing."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.host.machine import Machine
    from pulp_quadlet.report.plan import plan_json
    from pulp_quadlet.report.verdict import verdict_json, verdict_text

    progress = Progress(quiet=as_json)
    machine = Machine(listener=progress.line)

    async def story() -> int:
        compiled = pipeline.compile_site(load(path), await machine.target(host))
        try:
            made = await pipeline.apply(compiled, machine, progress.step)
        finally:
            progress.done()
        verdict = await pipeline.settled_health(compiled, machine)
        if as_json:
            say_json({**plan_json(made), "health": verdict_json(verdict)})
        else:
            done = f"{_counted(len(made.steps))} done." if made.steps else "Nothing had to be done."
            say(f"{done}\n{verdict_text(verdict, colour=colour(sys.stdout))}")
        return ExitCode.DONE if verdict.healthy else ExitCode.UNHEALTHY

    return _run(story())


@click.command()
@site_option
@host_option
@json_option
def status(path: Path, host: str | None, as_json: bool) -> int:
    """Say whether Pulp is healthy, with a row for each service. Exits with 3 when it is not."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.host.machine import Machine
    from pulp_quadlet.report.verdict import verdict_json, verdict_text

    machine = Machine()

    async def story() -> int:
        compiled = pipeline.compile_site(load(path), await machine.target(host))
        verdict = await pipeline.health(compiled, machine)
        say_json(verdict_json(verdict)) if as_json else say(verdict_text(verdict, colour=colour(sys.stdout)))
        return ExitCode.DONE if verdict.healthy else ExitCode.UNHEALTHY

    return _run(story())


def _run(story: Coroutine[Any, Any, _Value]) -> _Value:
    import asyncio

    return asyncio.run(story)


def _counted(steps: int) -> str:
    return "1 step was" if steps == 1 else f"{steps} steps were"


COMMANDS = (plan, apply, status)
