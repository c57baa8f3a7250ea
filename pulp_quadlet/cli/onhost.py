"""Commands that ask the agent, and change nothing: plan, status, history, metrics."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from pulp_quadlet.cli.bus import absolute, options, play, the_agent
from pulp_quadlet.cli.options import detailed_option, host_option, json_option, site_option
from pulp_quadlet.cli.output import colour, say, say_json
from pulp_quadlet.errors import ExitCode


@click.command()
@site_option
@host_option
@detailed_option
@json_option
def plan(path: Path, host: str | None, detailed: bool, as_json: bool) -> int:
    """Say what `apply` would do, and why. Nothing is changed."""
    from pulp_quadlet.report.plan import plan_text

    told = play(_asked("Plan", path, host))
    say_json(told) if as_json else say(plan_text(told))
    return ExitCode.CHANGED if detailed and told["steps"] else ExitCode.DONE


@click.command()
@site_option
@host_option
@click.option("--watch", is_flag=True, help="Go on, and say what changes, until you interrupt it.")
@json_option
def status(path: Path, host: str | None, watch: bool, as_json: bool) -> int:
    """Say whether Pulp is healthy, with a row for each service. Exits with 3 when it is not."""
    from pulp_quadlet.cli.watching import follow

    if watch:
        play(follow(absolute(path), options(host), as_json=as_json))
    told = play(_asked("Health", path, host))
    say_json(told) if as_json else say(health_text(told))
    return ExitCode.DONE if told["healthy"] else ExitCode.UNHEALTHY


@click.command()
@site_option
@host_option
@json_option
def history(path: Path, host: str | None, as_json: bool) -> None:
    """List the generations that are kept: what was applied, when and by whom."""
    told = play(_asked("History", path, host))
    say_json(told) if as_json else say(history_text(told))


@click.command()
@click.option("--http", is_flag=True, help="Answer one request of HTTP on standard input, as a socket's service does.")
@json_option
def metrics(http: bool, as_json: bool) -> None:
    """Print figures of all sites on this host, for Prometheus."""
    from pulp_quadlet.report.metrics import http_answer

    async def story() -> str:
        async with the_agent() as agent:
            return await agent.metrics()

    if http:
        sys.stdout.buffer.write(http_answer(sys.stdin.readline(), lambda: play(story())))
        return
    text = play(story())
    say_json({"text": text}) if as_json else sys.stdout.write(text)


def health_text(told: dict[str, Any]) -> str:
    """How the site is, as the agent told it."""
    from pulp_quadlet.model.codec import from_data
    from pulp_quadlet.model.verdict import Verdict
    from pulp_quadlet.report.verdict import verdict_text

    return verdict_text(from_data(Verdict, told), colour=colour(sys.stdout))


async def _asked(member: str, path: Path, host: str | None) -> dict[str, Any]:
    async with the_agent() as agent:
        return await agent.ask(member, absolute(path), options(host))


def history_text(told: dict[str, Any]) -> str:
    """A line for each generation."""
    if not told["generations"]:
        return "Nothing was applied yet."
    return "\n".join(_line(each) for each in told["generations"])


def _line(one: dict[str, Any]) -> str:
    mark = "*" if one["current"] else " "
    made = datetime.fromtimestamp(one["made"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    what = f"{one['kind']} to generation {one['copy_of']}" if one["copy_of"] else one["kind"]
    remarks = [] if one["good"] else ["not committed"]
    if one["one_way"]:
        remarks.append(f"only a dump can undo {', '.join(one['one_way'])}")
    more = f"; {'; '.join(remarks)}" if remarks else ""
    return f"{mark} {one['generation']:4}  {made}  {what} by {one['user'] or 'somebody'}{more}"


COMMANDS = (plan, status, history, metrics)
