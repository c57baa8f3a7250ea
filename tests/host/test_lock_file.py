"""A lock is written in one step, for all to read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host.packages.lock_file import write_lock

if TYPE_CHECKING:
    from pathlib import Path


def test_it_replaces_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "pylock.site.toml"
    path.write_text("former")
    path.chmod(0o600)
    asyncio.run(write_lock(path, "new"))
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o644)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HostError) as error:
        asyncio.run(write_lock(tmp_path / "file" / "pylock.site.toml", "x"))
    assert error.value.problems[0].code == "write-failed"
