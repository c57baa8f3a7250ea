"""Decide how to migrate, from what the new image found. Apply goes through it in this order:

1. Images and secrets are there, the new generation is written but not switched to, PostgreSQL runs:
   `found = await host.survey.survey(...)` with the folder of the new generation, and `decide(found, embedded=...)`.
   Where nothing of the site runs yet, there is nobody to ask: the database is made later, and so is all that is in it.
2. `none`: restart what changed. `first` and `rolling`: restart the migration alone, while the others run on; then
   restart them, workers first. If it fails, the old processes were never touched, and go on.
3. `stop`: drain and stop the workers, then stop API and content; nginx may stay. A process that ends well deletes its
   row in core_appstatus. The row of a killed one counts for its time to live, two minutes at most:
   `await host.survey.gone(...)` waits just that long, and says who is left.
4. `dump`: `await host.database.dump(...)`, now that nobody writes.
5. Switch, and restart the migration. If it fails in mode `stop`: stop all of Pulp but PostgreSQL, `restore` the dump
   when there is one, switch back, start. In mode `rolling` nothing is restored: the running processes wrote since.
6. Start workers, then content, then API, each gated by its row with the new version.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from packaging.version import InvalidVersion, Version

from pulp_quadlet.model.migration import (
    DatabaseFacts,
    LiveProcess,
    MigrationPlan,
    MigrationStep,
    PendingMigration,
    Requirement,
    Survey,
)

# Measured on two slow cores, and rounded up: a promise of downtime should rather be kept than beaten.
_STOP_AND_START = 90.0  # seconds, for the processes around it and the start of Django
_PER_MIGRATION = 0.5  # seconds; about 300 take 106 s
_ROWS_BY_PROGRAM = 2_000  # per second
_ROWS_BY_DATABASE = 100_000  # per second
_DUMPED = 20_000_000  # bytes per second, compressed by one core


def decide(survey: Survey, *, embedded: bool) -> MigrationPlan:
    """The least disruptive way that is safe. `embedded` tells whether the database is a container of this host."""
    steps = tuple(
        MigrationStep(title=each.title, special=tuple(_special(each)), one_way=_is_one_way(each))
        for each in survey.pending
    )
    if survey.first:
        return MigrationPlan(mode="first", reasons=("the database is empty",), steps=steps)
    if not survey.pending:
        return MigrationPlan(mode="none", reasons=_nothing(survey), ahead=survey.ahead)
    risky = any(_is_one_way(each) or not (each.atomic or each.new_app) for each in survey.pending)
    dump = risky and embedded
    reasons = tuple(_obstacles(survey))
    return MigrationPlan(
        mode="stop" if reasons else "rolling",
        reasons=reasons or (f"{_counted(len(steps), 'migration')} can run beside the processes of today",),
        steps=steps,
        minutes=_minutes(survey, dump=dump) if reasons else 0,
        dump=dump,
        advice=advice(survey.database) if risky and not embedded else (),
        ahead=survey.ahead,
    )


def _is_one_way(each: PendingMigration) -> bool:
    return bool(each.one_way or each.removes) and not each.new_app


def _nothing(survey: Survey) -> tuple[str, ...]:
    if not survey.ahead:
        return ("the database is as the image needs it",)
    return (f"the database is newer than the image: it has {_listed(survey.ahead)}, which the image does not know",)


def _obstacles(survey: Survey) -> Iterator[str]:
    """Why Pulp has to stop, one reason for each migration that says so."""
    for each in survey.pending:
        yield from (_unmet(each, wanted, survey.processes) for wanted in _not_met(each, survey.processes))
        if each.new_app:
            continue
        if each.one_way or each.removes:
            yield f"{each.title} cannot be undone: {_listed((*each.one_way, *_removed(each)))}"
        if not each.atomic and not each.concurrent:
            yield f"{each.title} is not atomic: if it fails, half of it stays"
        if each.renames:
            yield f"{each.title} renames what running processes use: {_listed(each.renames)}"


def _special(each: PendingMigration) -> Iterator[str]:
    """What to say of one migration, whether or not it matters this time."""
    if each.new_app:
        yield f"{each.app} is new to this database, so there is nothing to lose"
    yield from (f"needs {wanted.component} {wanted.version} or newer in every process" for wanted in each.requires)
    if each.one_way or each.removes:
        yield f"cannot be undone: {_listed((*each.one_way, *_removed(each)))}"
    if each.renames:
        yield f"renames {_listed(each.renames)}"
    if each.concurrent:
        yield "makes or drops indexes while others write"
    if not each.atomic:
        yield "not atomic"


def _removed(each: PendingMigration) -> Iterator[str]:
    return (f"it removes {what}" for what in each.removes)


def _not_met(each: PendingMigration, processes: Iterable[LiveProcess]) -> Iterator[Requirement]:
    return (wanted for wanted in each.requires if any(_is_older(process, wanted) for process in processes))


def _unmet(each: PendingMigration, wanted: Requirement, processes: Iterable[LiveProcess]) -> str:
    """The first one is named by its host: the database tells them in any order."""
    first, *others = sorted((process for process in processes if _is_older(process, wanted)), key=_place)
    has = dict(first.versions)[wanted.component]
    needs = f"{each.title} needs {wanted.component} {wanted.version} or newer in every process"
    more = f", {len(others)} more {'run' if len(others) > 1 else 'runs'} an older one too" if others else ""
    return f"{needs}, and {first.name} runs {has}{more}"


def _place(process: LiveProcess) -> tuple[str, str]:
    pid, _, host = process.name.partition("@")
    return host, pid


def _is_older(process: LiveProcess, wanted: Requirement) -> bool:
    """As RequireVersion of pulpcore judges: a process that does not have the component is no obstacle."""
    has = dict(process.versions).get(wanted.component)
    if has is None:
        return False
    try:
        return Version(has) < Version(wanted.version)
    except InvalidVersion:  # Pulp would end with an error here; nothing is lost by stopping first
        return True


def _minutes(survey: Survey, *, dump: bool) -> int:
    seconds = _STOP_AND_START + _PER_MIGRATION * len(survey.pending)
    seconds += sum(each.rows_by_program for each in survey.pending) / _ROWS_BY_PROGRAM
    seconds += sum(each.rows_by_database for each in survey.pending) / _ROWS_BY_DATABASE
    seconds += survey.database.size / _DUMPED if dump else 0
    return math.ceil(seconds / 60)


def advice(database: DatabaseFacts) -> tuple[str, ...]:
    """What a person should do before, where we cannot."""
    where = f"--host={database.host} --port={database.port} --username={database.user}"
    command = f"pg_dump {where} --format=custom --file={database.name}.dump {database.name}"
    return (f"the database is not in a container of this host, so it is not dumped: do that before, with `{command}`",)


def _listed(words: Iterable[str], limit: int = 3) -> str:
    given = tuple(words)
    more = (f"{len(given) - limit} more",) if len(given) > limit else ()
    shown = (*given[:limit], *more)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}s" if number > 1 else f"1 {noun}"
