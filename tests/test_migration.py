"""What is decided about migrations, and in which words it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulp_quadlet.model.migration import (
    DatabaseFacts,
    LiveProcess,
    MigrationPlan,
    MigrationStep,
    PendingMigration,
    Requirement,
    Survey,
)
from pulp_quadlet.planning.migration import decide

DATABASE = DatabaseFacts(host="db.example.com", port="5432", name="pulp", user="pulp", size=15_000_000)
HARMLESS = PendingMigration(app="core", name="0146_repository_retain_checkpoints", operations=1)
ONE_WAY = PendingMigration(app="rpm", name="0072_fix_evr", one_way=("RunSQL",))
REMOVING = PendingMigration(app="core", name="0104_delete_label", removes=("model label",))
HALF = PendingMigration(app="core", name="0152_content_ids", atomic=False)
INDEX = PendingMigration(app="core", name="0147_labels_gin", atomic=False, concurrent=True)
RENAMING = PendingMigration(app="core", name="0999_rename", renames=("field task.state to status",))
WANTING = PendingMigration(app="core", name="0143_require", requires=(Requirement(component="core", version="3.87"),))


def process(name: str = "4@pulp-api-1", age: float = 3.0, **versions: str) -> LiveProcess:
    return LiveProcess(kind="api", name=name, versions=tuple(versions.items()), age=age, ttl=120.0)


def survey(*pending: PendingMigration, **more: Any) -> Survey:
    empty = Survey(
        versions=(("core", "3.123.1"),), first=False, pending=pending, ahead=(), processes=(), database=DATABASE
    )
    return replace(empty, **more)


def plan(*pending: PendingMigration, embedded: bool = True, **more: Any) -> MigrationPlan:
    return decide(survey(*pending, **more), embedded=embedded)


def test_nothing_is_pending() -> None:
    assert plan() == MigrationPlan(mode="none", reasons=("the database is as the image needs it",))


def test_the_image_is_older_than_the_database() -> None:
    ahead = ("core.0155_a", "core.0156_b", "rpm.0074_c", "rpm.0075_d")
    listed = "core.0155_a, core.0156_b, rpm.0074_c and 1 more"
    assert plan(ahead=ahead) == MigrationPlan(
        mode="none",
        reasons=(f"the database is newer than the image: it has {listed}, which the image does not know",),
        ahead=ahead,
    )


def test_an_empty_database_is_filled_without_a_dump_or_a_stop() -> None:
    found = plan(replace(ONE_WAY, new_app=True), replace(HALF, new_app=True), first=True)
    assert (found.mode, found.reasons, found.dump, found.minutes) == ("first", ("the database is empty",), False, 0)
    assert [step.title for step in found.steps] == ["rpm.0072_fix_evr", "core.0152_content_ids"]


@pytest.mark.parametrize(
    ("pending", "reason"),
    [
        ((HARMLESS,), "1 migration can run beside the processes of today"),
        ((HARMLESS, INDEX), "2 migrations can run beside the processes of today"),
        ((replace(ONE_WAY, new_app=True),), "1 migration can run beside the processes of today"),
        ((replace(HALF, new_app=True),), "1 migration can run beside the processes of today"),
        ((replace(RENAMING, new_app=True),), "1 migration can run beside the processes of today"),
    ],
)
def test_what_runs_beside_the_processes(pending: tuple[PendingMigration, ...], reason: str) -> None:
    found = plan(*pending, processes=(process(core="3.110.0"),))
    assert (found.mode, found.reasons, found.minutes, found.advice) == ("rolling", (reason,), 0, ())
    assert len(found.steps) == len(pending)


@pytest.mark.parametrize(
    ("pending", "reason", "dump"),
    [
        (ONE_WAY, "rpm.0072_fix_evr cannot be undone: RunSQL", True),
        (REMOVING, "core.0104_delete_label cannot be undone: it removes model label", True),
        (
            replace(REMOVING, one_way=("RunPython f",), removes=("model b", "model c", "model d")),
            "core.0104_delete_label cannot be undone: RunPython f, it removes model b, it removes model c and 1 more",
            True,
        ),
        (HALF, "core.0152_content_ids is not atomic: if it fails, half of it stays", True),
        (RENAMING, "core.0999_rename renames what running processes use: field task.state to status", False),
        (
            WANTING,
            "core.0143_require needs core 3.87 or newer in every process, and 4@pulp-api-1 runs 3.85.2",
            False,
        ),
    ],
)
def test_what_stops_pulp(pending: PendingMigration, reason: str, *, dump: bool) -> None:
    found = plan(HARMLESS, pending, processes=(process(core="3.85.2"),))
    assert (found.mode, found.reasons, found.dump, found.minutes) == ("stop", (reason,), dump, 2)


def test_several_reasons_are_all_told() -> None:
    found = plan(ONE_WAY, HALF)
    assert found.reasons == (
        "rpm.0072_fix_evr cannot be undone: RunSQL",
        "core.0152_content_ids is not atomic: if it fails, half of it stays",
    )


@pytest.mark.parametrize("version", ["3.87", "3.87.0", "3.123.1"])
def test_a_process_that_is_new_enough_is_no_obstacle(version: str) -> None:
    assert plan(WANTING, processes=(process(core=version),)).mode == "rolling"


def test_versions_are_compared_as_versions() -> None:
    assert plan(WANTING, processes=(process(core="3.9.0"),)).mode == "stop"


def test_a_version_that_is_none_is_taken_for_old() -> None:
    assert plan(WANTING, processes=(process(core="unknown"),)).mode == "stop"


def test_a_process_without_the_component_is_no_obstacle() -> None:
    assert plan(WANTING, processes=(process(rpm="3.0"),)).mode == "rolling"


def test_a_constraint_of_a_new_plugin_holds_for_the_others_too() -> None:
    found = plan(replace(WANTING, app="deb", new_app=True), processes=(process(core="3.85.2"),))
    assert found.mode == "stop"


@pytest.mark.parametrize(
    ("others", "told"),
    [(1, ", 1 more runs an older one too"), (5, ", 5 more run an older one too")],
)
def test_older_processes_are_counted(others: int, told: str) -> None:
    """The database tells them in any order."""
    rows = tuple(process(f"{9 - number}@pulp-api-{number}", core="3.85.2") for number in range(others + 1, 0, -1))
    [reason] = plan(WANTING, processes=rows).reasons
    assert reason == (
        f"core.0143_require needs core 3.87 or newer in every process, and 8@pulp-api-1 runs 3.85.2{told}"
    )


@pytest.mark.parametrize(
    ("pending", "special"),
    [
        (HARMLESS, ()),
        (ONE_WAY, ("cannot be undone: RunSQL",)),
        (REMOVING, ("cannot be undone: it removes model label",)),
        (HALF, ("not atomic",)),
        (INDEX, ("makes or drops indexes while others write", "not atomic")),
        (RENAMING, ("renames field task.state to status",)),
        (WANTING, ("needs core 3.87 or newer in every process",)),
        (
            replace(ONE_WAY, new_app=True),
            ("rpm is new to this database, so there is nothing to lose", "cannot be undone: RunSQL"),
        ),
    ],
)
def test_each_step_is_named_with_what_is_special(pending: PendingMigration, special: tuple[str, ...]) -> None:
    one_way = pending in {ONE_WAY, REMOVING}
    assert plan(pending).steps == (MigrationStep(title=pending.title, special=special, one_way=one_way),)


def test_a_dump_is_due_for_an_index_that_may_stay_half_made() -> None:
    assert plan(INDEX).dump
    assert not plan(HARMLESS).dump


@pytest.mark.parametrize(
    ("pending", "size", "minutes"),
    [
        (HARMLESS, 0, 2),
        (replace(HARMLESS, rows_by_program=600_000), 0, 7),
        (replace(HARMLESS, rows_by_database=6_000_000), 0, 3),
        (ONE_WAY, 12_000_000_000, 12),
        (HARMLESS, 12_000_000_000, 2),  # without a dump its size costs no time
    ],
)
def test_the_time_is_estimated_by_what_there_is_to_do(pending: PendingMigration, size: int, minutes: int) -> None:
    stopped_by = replace(pending, renames=("model a to b",))
    assert plan(stopped_by, database=replace(DATABASE, size=size)).minutes == minutes


def test_a_database_elsewhere_is_not_dumped_and_that_is_told() -> None:
    found = plan(ONE_WAY, embedded=False)
    assert (found.mode, found.dump) == ("stop", False)
    [advice] = found.advice
    assert advice == (
        "the database is not in a container of this host, so it is not dumped: do that before, with `pg_dump "
        "--host=db.example.com --port=5432 --username=pulp --format=custom --file=pulp.dump pulp`"
    )


def test_a_database_elsewhere_needs_no_advice_without_a_risk() -> None:
    assert plan(HARMLESS, embedded=False).advice == ()


@pytest.mark.parametrize(("age", "patience"), [(3.0, 117.0), (119.5, 0.5), (500.0, 0.0)])
def test_a_row_counts_for_its_time_to_live(age: float, patience: float) -> None:
    assert survey(processes=(process(age=age),)).patience == patience
    assert survey().patience == 0
