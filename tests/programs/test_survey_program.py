"""How the survey describes migrations. Django is not here: operations are known by the names of their classes."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.programs.test_routes import loaded

PROGRAM: Path = Path(__file__).parents[2] / "units" / "config" / "pulp" / "survey.py"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return loaded(PROGRAM)


def walk(apps: Any, _editor: Any) -> None:
    """What a RunPython of these tests would call."""
    apps.get_model("core", "Task").objects.all()


def operation(kind: str, **fields: Any) -> Any:
    """As Django has it, where everything can be undone that does not say otherwise."""
    return type(kind, (), {"reversible": True, **fields})()


def migration(*operations: Any, app: str = "core", **more: Any) -> Any:
    return SimpleNamespace(app_label=app, name="0001_a", operations=list(operations), **{"atomic": True, **more})


def test_a_plain_migration(program: ModuleType) -> None:
    described = program.described(migration(operation("AddField", model_name="task", name="result")), {"core"}, {})
    assert described == {
        "app": "core",
        "name": "0001_a",
        "operations": 1,
        "atomic": True,
        "concurrent": False,
        "one_way": [],
        "removes": [],
        "renames": [],
        "requires": [],
        "new_app": False,
        "rows_by_program": 0,
        "rows_by_database": 0,
    }


@pytest.mark.parametrize(
    ("one", "field", "told"),
    [
        (operation("RunSQL", reversible=False, sql=""), "one_way", ["RunSQL"]),
        (operation("RunPython", reversible=False, code=walk), "one_way", ["RunPython walk"]),
        (operation("RemoveField", model_name="Task", name="worker"), "removes", ["field task.worker"]),
        (operation("DeleteModel", name="Worker"), "removes", ["model worker"]),
        (
            operation("RenameField", model_name="Task", old_name="state", new_name="status"),
            "renames",
            ["field task.state to status"],
        ),
        (operation("RenameModel", old_name="Job", new_name="Task"), "renames", ["model job to task"]),
        (
            operation("AlterModelTable", name="Job", table="core_task"),
            "renames",
            ["the table of model job to core_task"],
        ),
        (
            operation("RequireVersion", plugin="core", version="3.87"),
            "requires",
            [{"component": "core", "version": "3.87"}],
        ),
    ],
)
def test_what_is_special(program: ModuleType, one: Any, field: str, told: object) -> None:
    assert program.described(migration(one), {"core"}, {})[field] == told


def test_the_same_operation_is_named_once(program: ModuleType) -> None:
    sql = operation("RunSQL", reversible=False, sql="")
    assert program.described(migration(sql, sql), {"core"}, {})["one_way"] == ["RunSQL"]


def test_what_only_django_books_is_no_removal(program: ModuleType) -> None:
    inner = operation("RunSQL", reversible=False, sql="")
    books = operation("SeparateDatabaseAndState", database_operations=[inner])
    described = program.described(migration(books), {"core"}, {})
    assert (described["removes"], described["one_way"]) == ([], ["RunSQL"])


@pytest.mark.parametrize(
    ("kinds", "concurrent"),
    [
        (["AddIndexConcurrently"], True),
        (["RequireVersion", "RemoveIndexConcurrently"], True),
        (["AddIndexConcurrently", "AlterField"], False),
        (["RequireVersion"], False),
        ([], False),
    ],
)
def test_indexes_that_are_made_beside_the_work(program: ModuleType, kinds: list[str], *, concurrent: bool) -> None:
    fields = {"plugin": "core", "version": "1", "model_name": "task"}
    described = program.described(migration(*(operation(kind, **fields) for kind in kinds)), {"core"}, {})
    assert described["concurrent"] is concurrent


def test_rows_are_those_of_the_tables_that_it_names(program: ModuleType) -> None:
    sizes = {"rpm_package": 500, "core_task": 7, "core_content": 90}
    sql = [("UPDATE rpm_package SET x = %s", [1]), "SELECT 1"]
    operations = [
        operation("RunSQL", sql=sql),
        operation("AddIndex", model_name="content"),
        operation("RunPython", code=walk),
    ]
    described = program.described(migration(*operations), {"core"}, sizes)
    assert (described["rows_by_program"], described["rows_by_database"]) == (7, 590)


def test_models_are_found_in_the_source_of_a_migration(program: ModuleType) -> None:
    source = "apps.get_model(\"core\", \"Task\"); apps.get_model(\n    'rpm', 'Package')\napps.get_model(label, name)"
    assert program.models(source) == {"core_task", "rpm_package"}


def test_an_app_is_new_when_nothing_of_it_was_applied(program: ModuleType) -> None:
    assert program.described(migration(app="deb"), {"core"}, {})["new_app"] is True
