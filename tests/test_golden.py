"""Each golden case renders to exactly the files that stand beside it. `pytest --update-golden` writes them anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.golden_cases import CASES, FOLDER, Slice, slices


@pytest.mark.parametrize("case", CASES)
def test_a_case_renders_to_its_files(case: str, request: pytest.FixtureRequest) -> None:
    found = slices(case)
    if request.config.getoption("--update-golden"):
        shutil.rmtree(FOLDER / case / "tree", ignore_errors=True)
        for each in found:
            _write(each)
    for each in found:
        assert each.files() == _read(each.folder, [other.folder for other in found])


def test_a_site_renders_to_the_same_files_every_time() -> None:
    assert [each.files() for each in slices("hostile")] == [each.files() for each in slices("hostile")]


def _write(each: Slice) -> None:
    for path, text in each.files().items():
        place = each.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="")


def _read(folder: Path, folders: list[Path]) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_bytes().decode()
        for path in folder.rglob("*")
        if path.is_file()
        and not any(
            other != folder and other.is_relative_to(folder) and path.is_relative_to(other) for other in folders
        )
    }
