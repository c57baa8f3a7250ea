"""The story in order: read, compose, render, examine, plan, apply, judge. Every face tells it by these functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from pulp_quadlet.changing import host as changing
from pulp_quadlet.changing import transaction
from pulp_quadlet.changing.change import Change, Confirmed, Done
from pulp_quadlet.changing.obstacles import obstacles
from pulp_quadlet.changing.settle import settled
from pulp_quadlet.compiling import Compiled, check, compile_site, demand_selinux
from pulp_quadlet.errors import ConflictError, HostError, Location, Problem
from pulp_quadlet.hosting import Host
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.migration import MigrationPlan, Survey
from pulp_quadlet.model.plan import Blame
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.planning.plan import plan, plan_id, unused

# What weighs migrations is imported where it is used, as what compiles is: an apply that changes nothing needs neither,
# and loading both would take more than half of its time.


__all__ = [
    "Compiled",
    "Host",
    "Request",
    "apply",
    "check",
    "compile_site",
    "demand_plan",
    "demand_selinux",
    "of_today",
    "plan_change",
]

Locate = Callable[[SitePath], Location | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks for."""

    wanted: Generation
    locate: Locate = lambda _path: None
    plan: str = ""
    """The plan that was shown; another one is refused."""
    remove: tuple[str, ...] = ()
    """Packages of plugins that leave the site, and whose data is to be removed."""
    confirmed: Confirmed | None = None
    """For a try: waits for the one who says that all is well."""


def of_today(past: Generation, target: Target) -> Generation:
    """A generation as it is gone back to: what it shares with other sites of this host stays as it is made now."""
    if target.selinux is None or past.deployment.policy is None:
        return past
    from pulp_quadlet.planning.rollback import with_shared
    from pulp_quadlet.selinux.flavour import facts_of
    from pulp_quadlet.selinux.module import base

    return with_shared(past, base(facts_of(target.selinux)))


async def plan_change(wanted: Generation, host: Host, locate: Locate, remove: tuple[str, ...] = ()) -> Change:
    """What would have to be done. `remove` names plugins whose data is to be removed.

    Raises HostError when the host cannot be asked, or a person has to act first.
    """
    state = await host.observe(wanted)
    problems = obstacles(wanted.deployment, wanted.tree, state, locate)
    if problems:
        raise HostError(*problems)
    applied = await host.read(wanted.site, state.generation)
    why = _blame(wanted, applied, locate)
    kept = tuple(unused(applied.deployment, wanted.deployment, remove))
    first = replace(plan(wanted.deployment, wanted.tree, state, why), kept=kept)
    asked = not first.images and _brings_migrations(wanted, applied, state)
    if not asked and not remove:
        return Change(wanted=wanted, plan=first, state=state)
    survey = await host.survey(wanted) if asked else None
    migration = _migration(wanted, applied, survey, remove)
    planned = replace(plan(wanted.deployment, wanted.tree, state, why, migration), kept=kept)
    wanted = replace(wanted, origin=_with_migrations(wanted.origin, migration))
    versions = survey.versions if survey else ()
    return Change(wanted=wanted, plan=planned, state=state, versions=versions, surveyed=asked)


def _migration(
    wanted: Generation, applied: Generation, survey: Survey | None, remove: tuple[str, ...]
) -> MigrationPlan:
    """How the database is brought to what is wanted, as far as that can be known. Raises HostError."""
    from pulp_quadlet.planning.migration import decide
    from pulp_quadlet.planning.removal import refusals, removing

    refused = tuple(refusals(remove, wanted.deployment, applied.deployment))
    if refused:
        raise HostError(*refused)
    embedded = _database(wanted) is not None
    found = decide(survey, embedded=embedded) if survey else MigrationPlan(mode="none")
    return removing(remove, found, survey.database if survey else None, embedded=embedded) if remove else found


async def apply(request: Request, host: Host, tell: changing.Tell) -> Done:
    """Make the host what is wanted, or leave it as it was.

    Raises HostError when that fails, ConflictError when the plan is another one than the one that was shown.
    """
    wanted = request.wanted
    interrupted = await transaction.recover(wanted.site, host, tell)
    if interrupted:
        tell.say(interrupted)
    change = await plan_change(wanted, host, request.locate, request.remove)
    if request.plan:
        demand_plan(change, request.plan)
    if not change.plan.steps:
        verdict = await settled(wanted.deployment, host)
        return Done(plan=change.plan, verdict=verdict, generation=change.state.generation)
    if change.plan.migrates and not change.surveyed and await _is_another_image(change, host):
        change = await _with_survey(change, request, host, tell)
    return await transaction.carry_out(change, host, tell, request.confirmed)


async def _is_another_image(change: Change, host: Host) -> bool:
    """Whether the database may get migrations that it has not. The same image did them before, and the database need
    not even be started to find that out: it may be down for what this very change mends.
    """
    if not change.state.good:
        return False
    applied = await host.read(change.wanted.site, change.state.generation)
    return _differs(change.wanted, applied)


async def _with_survey(change: Change, request: Request, host: Host, tell: changing.Tell) -> Change:
    """The same change, planned when the image is there and the database can be asked for what the image would do."""
    await transaction.provide_images(change, host, tell)
    database = _database(request.wanted)
    if database is not None and change.state.unit(database).load == "loaded":
        await host.start_units((database,))
    planned = await plan_change(request.wanted, host, request.locate, request.remove)
    return replace(planned, done=change.plan.images)


def _brings_migrations(wanted: Generation, applied: Generation, state: HostState) -> bool:
    """Whether another image is to use the database, which can be asked."""
    database = _database(wanted)
    answers = database is None or state.unit(database).active == "active"
    return answers and _migration_image(applied) is not None and _differs(wanted, applied)


def _differs(wanted: Generation, applied: Generation) -> bool:
    """Whether migrations may be due: a plugin that was off has missed those that its image brought meanwhile."""
    on_again = set(applied.deployment.off) - set(wanted.deployment.off)
    return bool(on_again) or _migration_image(applied) != _migration_image(wanted)


def _migration_image(generation: Generation) -> str | None:
    return next((each.image for each in generation.deployment.services if each.role == "migrate"), None)


def _database(generation: Generation) -> str | None:
    """The unit of the database, where it is a container of this host."""
    return next((f"{s.name}.service" for s in generation.deployment.services if s.role == "database"), None)


def _blame(wanted: Generation, applied: Generation, locate: Locate) -> Blame:
    target = wanted.origin.target
    if not applied.origin.site_text or not wanted.origin.site_text or target is None:
        return lambda _path: ""
    origin = wanted.origin

    def name(path: SitePath) -> str:
        where = locate(path)
        key = ".".join(str(part) for part in path)
        if where is None:
            return f"{key} (left out)"
        return f"{key} ({where.path.rpartition('/')[2]}:{where.line})" if where.line else f"{key} ({where.path})"

    @cache
    def found() -> Blame:
        from pulp_quadlet.planning.blame import blame

        return blame(applied.origin, {file.path: file.text for file in applied.tree.files}, origin, target, name)

    def clause(path: str) -> str:
        # the site is compiled again for each changed key, which is not needed when nothing is to be done
        return found()(path)

    return clause


def _with_migrations(origin: Origin, migration: MigrationPlan) -> Origin:
    """A generation remembers its migrations, for whoever wants to go back before it."""
    titles = tuple(step.title for step in migration.steps)
    one_way = tuple(step.title for step in migration.steps if step.one_way)
    removed = tuple(f"the removal of {package}" for package in migration.removes)
    return replace(origin, migrations=titles, one_way=(*removed, *one_way))


def demand_plan(change: Change, shown: str) -> None:
    """Raise ConflictError when the plan is another one than the one that was shown."""
    if shown == plan_id(change.plan, change.state):
        return
    raise ConflictError(
        Problem(
            code="changed-since-plan",
            message="the plan is another one by now: the host or the site file was changed after it was made",
            help=("`pulp-quadlet plan` shows what would be done now",),
        )
    )
