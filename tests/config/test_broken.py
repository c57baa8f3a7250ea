"""Wrong site files and the exact text that is told about each: a case is `tests/broken/CASE.toml` and `CASE.txt`.

`pytest tests/config/test_broken.py --update-golden` writes the texts anew; git then shows what became of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pulp_quadlet.config.read import read
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import SiteError
from pulp_quadlet.report.problems import format_error

BROKEN = Path(__file__).parent.parent / "broken"
CASES = sorted(BROKEN.glob("*.toml"))
# What may never be told: the secrets of the cases, and the words of the libraries below.
SECRETS = ("hunter2", "12345678", "AKIA", "wJalr", "p@ss", "w0rd")
FOREIGN_WORDS = ("Input should", "Extra inputs", "Field required", "pydantic", "Traceback", "dictionary")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_report_is_exactly_this(case: Path, request: pytest.FixtureRequest) -> None:
    with pytest.raises(SiteError) as caught:
        read(load(case).text, case.name)
    report = format_error(caught.value, colour=False)
    golden = case.with_suffix(".txt")
    if request.config.getoption("--update-golden"):
        golden.write_text(report)
    assert report == golden.read_text()
    assert not [word for word in (*SECRETS, *FOREIGN_WORDS) if word in report]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_places_are_inside_the_file_and_in_order(case: Path) -> None:
    lines = case.read_bytes().decode().replace("\r\n", "\n").split("\n")
    with pytest.raises(SiteError) as caught:
        read(load(case).text, case.name)
    places = [problem.where for problem in caught.value.problems]
    for where in places:
        assert where is not None
        assert 1 <= where.column <= len(lines[where.line - 1]) + 1
    assert places == sorted(places, key=lambda where: (where.line, where.column) if where else (0, 0))


def test_every_text_has_its_case() -> None:
    assert {text.stem for text in BROKEN.glob("*.txt")} == {case.stem for case in CASES}
    assert len(CASES) >= 100
