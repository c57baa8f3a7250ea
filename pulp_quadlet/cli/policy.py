"""`selinux check`: whether the policy of a site allows what is needed and nothing else, without loading it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from pulp_quadlet.cli.offline import some_target
from pulp_quadlet.cli.options import host_option, json_option, site_option
from pulp_quadlet.cli.output import say, say_json
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import HostError, Problem

_SHOWN = 50


@click.command()
@site_option
@host_option
@click.option(
    "--against",
    "store",
    type=click.Path(path_type=Path, file_okay=False),
    help="A policy as semodule(8) keeps it, such as /var/lib/selinux/targeted.  [default: this host's]",
)
@json_option
def check(path: Path, host: str | None, store: Path | None, as_json: bool) -> None:
    """Compile the site's policy together with a host's, and ask the result what it allows. Nothing is loaded."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.host.policy.proof import BasePolicy, Tools, prove
    from pulp_quadlet.host.policy.store import PolicyStore

    base = BasePolicy(store or PolicyStore().folder)
    target = base.target()
    compiled = pipeline.compile_site(load(path), replace(some_target(host, None), selinux=target))
    if compiled.deployment.policy is None:
        raise HostError(
            Problem(
                code="no-policy",
                message=f'{path} asks for no policy: `mode` in `[selinux]` is "off"',
            )
        )
    found = prove([compiled.deployment], target, base, Tools())
    if found.problems:
        left = len(found.problems) - _SHOWN
        raise HostError(
            Problem(
                code="policy-differs",
                message=f"the policy of {path} is not what was promised, in {len(found.problems)} points",
                notes=(*found.problems[:_SHOWN], *([f"and {left} more"] if left > 0 else [])),
            )
        )
    if as_json:
        say_json({"path": str(path), "policy": str(base.store), "rows": found.rows, "questions": found.questions})
        return
    say(
        f"{path}: with the policy in {base.store}, each service may do what it needs and nothing else "
        f"({found.questions} questions, {found.rows} rows of what must be allowed or denied)"
    )
