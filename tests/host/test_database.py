"""Dumps: which are kept, how they are named, and what is said where there is no room. PostgreSQL is in the lab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import database

NAMES = [f"2026{month:02d}01T000000Z-generation-{month}.dump" for month in range(1, 6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "pulp" / "dumps"
    found.mkdir(parents=True)
    for name in NAMES:
        (found / name).touch()
    return found


def test_dumps_are_told_from_the_newest_on(tmp_path: Path, folder: Path) -> None:
    (folder / "20270101T000000Z-generation-9.part").touch()
    assert [path.name for path in database.dumps("pulp", state=tmp_path)] == NAMES[::-1]
    assert database.dumps("other", state=tmp_path) == ()


def test_three_are_kept(folder: Path) -> None:
    database.prune(folder, folder / NAMES[-1])
    assert sorted(path.name for path in folder.iterdir()) == NAMES[2:]


def test_the_last_one_is_kept_whatever_the_clock_says(folder: Path) -> None:
    database.prune(folder, folder / NAMES[0])
    assert sorted(path.name for path in folder.iterdir()) == [NAMES[0], *NAMES[3:]]


def test_room_is_wanted_for_the_dump_and_for_the_way_back(tmp_path: Path) -> None:
    database.check_room((tmp_path, 1, "the dump of the database"), (tmp_path, 1, "restoring it"))
    found = os.statvfs(tmp_path)
    half = found.f_bavail * found.f_frsize // 2 + 512_000_000_000
    with pytest.raises(HostError) as caught:
        database.check_room((tmp_path, half, "the dump of the database"), (tmp_path, half, "restoring it"))
    [problem] = caught.value.problems
    start, _, rest = problem.message.partition(" lacks ")
    number, _, purpose = rest.partition(" MB ")
    assert (start, purpose) == (str(tmp_path), "for the dump of the database and restoring it")
    assert float(number.replace(",", "")) == pytest.approx(1_024_000, rel=0.01)
    assert problem.code == "no-room"
    assert problem.notes[0].startswith(f"{2 * half / 1e6:,.1f} MB are needed, by what the database has now; ")
    assert problem.notes[0].endswith(" MB are free")
    assert problem.help == ("make room there, or mount a larger file system",)
