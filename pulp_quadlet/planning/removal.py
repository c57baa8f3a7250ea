"""Plugins that leave: their data goes with them when somebody asks for that, and is told to stay otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pulp_quadlet.errors import Problem
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.migration import DatabaseFacts, MigrationPlan
from pulp_quadlet.planning.migration import advice

_TAKES = 2
"""Minutes, for the processes around it and the start of Django. Then each row of the plugin is deleted."""


def removing(
    packages: tuple[str, ...], plan: MigrationPlan, database: DatabaseFacts | None, *, embedded: bool
) -> MigrationPlan:
    """The migration with the removal before it. `database` is None where the image is not there yet that would tell of
    it; `embedded` says whether it is a container of this host.

    Pulp's own `remove-plugin` wants all processes offline. Nothing but a dump undoes it.
    """
    reasons = plan.reasons if plan.mode == "stop" else ()
    return MigrationPlan(
        mode="stop",
        reasons=(*(f"what {package} has in the database is removed" for package in packages), *reasons),
        steps=plan.steps,
        minutes=plan.minutes + _TAKES,
        dump=embedded,
        advice=advice(database) if database and not embedded else (),
        removes=packages,
        ahead=plan.ahead,
    )


def refusals(packages: Iterable[str], wanted: Deployment, applied: Deployment) -> Iterator[Problem]:
    """Why the data of these plugins cannot be removed."""
    for package in packages:
        if package in wanted.plugins:
            yield Problem(
                code="plugin-wanted",
                message=f"{package} is in the site file, so its data is not removed",
                help=("take it out of `[plugins]` first, or let `pulp-quadlet plugin remove` do both",),
            )
        elif package not in applied.plugins:
            has = ", ".join(applied.plugins) or "none"
            yield Problem(
                code="plugin-not-applied",
                message=f"what is applied has no plugin {package}, which alone could remove its data",
                notes=(f"plugins that are applied: {has}",),
                help=(f"`pulp-quadlet plugin add {package}` first",),
            )
