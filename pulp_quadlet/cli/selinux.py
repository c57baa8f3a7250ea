"""Commands about SELinux: what was denied and why, and what packages need."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulp_quadlet.cli.options import json_option, site_option
from pulp_quadlet.cli.output import say, say_json
from pulp_quadlet.cli.policy import check
from pulp_quadlet.model.target import Flavour, SelinuxTarget

if TYPE_CHECKING:
    from pulp_quadlet.report.denials import Locate
    from pulp_quadlet.selinux.explain import Site

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGO = re.compile(r"(\d+)([smhd])")


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click alone
    """A time, or how long ago that was."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds since 1970, or a usage error."""
        if isinstance(value, float):
            return value
        if ago := _AGO.fullmatch(value):
            return time.time() - int(ago[1]) * _UNITS[ago[2]]
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            self.fail(f"`{value}` is neither a time such as 2026-11-21T15:00 nor a span such as 2h", param, ctx)


@click.group()
def selinux() -> None:
    """See what SELinux does with Pulp."""


@selinux.command()
@site_option
@click.option(
    "--since",
    type=Moment(),
    default="1d",
    show_default=True,
    metavar="TIME",
    help="Denials since then: a time, or a span such as 30m, 2h or 7d.",
)
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="Read this saved log, whole, instead.")
@json_option
def explain(path: Path, since: float, log: Path | None, as_json: bool) -> None:
    """Say in plain words what SELinux denied, what would allow it, and why it may be better denied."""
    from pulp_quadlet.host.policy import audit_log
    from pulp_quadlet.report.denials import denials_json, denials_text
    from pulp_quadlet.selinux.denials import denials
    from pulp_quadlet.selinux.explain import explain as explained

    site, locate = _site(path)
    lines = audit_log.saved(log) if log else audit_log.lines(since)
    found = explained((each for each in denials(lines) if log or not each.time or each.time >= since), site)
    say_json(denials_json(found, locate)) if as_json else say(denials_text(found, locate))


def _site(path: Path) -> tuple[Site, Locate]:
    """The site file, where there is one that can be read: without it no line of it can be told."""
    import tomli

    from pulp_quadlet.config.diagnosis.diagnose import place_of
    from pulp_quadlet.config.source import load
    from pulp_quadlet.errors import Location, PulpQuadletError
    from pulp_quadlet.model.service import SitePath
    from pulp_quadlet.selinux.explain import Site

    try:
        source = load(path)
        table = tomli.loads(source.text)
    except (PulpQuadletError, tomli.TOMLDecodeError):
        return Site(), lambda _key: None

    def locate(key: SitePath) -> Location | None:
        inner: Any = table
        for part in key:
            inner = inner.get(part) if isinstance(inner, dict) else None
        return place_of(key, source.text, source.path) if inner is not None else None

    return Site(name=str(table.get("site", {}).get("name", "pulp")), table=table), locate


@selinux.command()
@click.option(
    "--flavour",
    type=click.Choice(("refpolicy", "fedora")),
    help="Whose names it uses: those of the reference policy, as Debian does, or Fedora's.  [default: this host's]",
)
@json_option
def base(flavour: Flavour | None, as_json: bool) -> None:
    """Print the module that all sites of a host share, in CIL. A package loads it when it is installed."""
    from pulp_quadlet.host.policy.selinux import Selinux
    from pulp_quadlet.selinux.flavour import facts_of
    from pulp_quadlet.selinux.module import base as shared

    target = SelinuxTarget(flavour=flavour, policy="") if flavour else Selinux().target()
    if target is None:
        raise click.UsageError("this host has no SELinux: say --flavour")
    module = shared(facts_of(target))
    say_json({"name": module.name, "text": module.text}) if as_json else say(module.text.rstrip("\n"))


@selinux.command()
@click.option("--end-agent", is_flag=True, help="End the agent first, which the module confines.")
@json_option
def unload(end_agent: bool, as_json: bool) -> None:
    """Remove the module that all sites share, if no site needs it any more. `uninstall` does so by itself."""
    from pulp_quadlet.cli.bus import play
    from pulp_quadlet.host.policy.selinux import Selinux, end_the_agent

    if end_agent:
        end_the_agent()
    removed = play(Selinux().unload())
    if as_json:
        say_json({"removed": removed})
    else:
        say("It is removed." if removed else "Nothing was removed: it is not loaded, or a site needs it.")


selinux.add_command(check)
COMMANDS = (selinux,)
