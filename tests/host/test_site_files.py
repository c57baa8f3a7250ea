"""A site file and its lock are replaced together, and can be put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulp_quadlet.config.source import SourceText, load
from pulp_quadlet.errors import ConflictError, HostError
from pulp_quadlet.host.site_files import SiteFiles

BEFORE = "[site]\r\nurl = 'http://a'\r\n"
AFTER = "[site]\r\nurl = 'http://b'\r\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_bytes(BEFORE.encode())
    path.chmod(0o640)
    return path


def lock(path: Path) -> Path:
    return path.with_name("pylock.site.toml")


def test_both_are_written_and_put_back(path: Path) -> None:
    files = SiteFiles(load(path))
    files.write(SourceText(str(path), AFTER, "a lock\n"))
    assert (path.read_bytes(), lock(path).read_text()) == (AFTER.encode(), "a lock\n")
    assert (path.stat().st_mode & 0o7777, lock(path).stat().st_mode & 0o7777) == (0o640, 0o644)
    files.put_back()
    assert path.read_bytes() == BEFORE.encode()
    assert sorted(each.name for each in path.parent.iterdir()) == ["site.toml"]


def test_the_former_lock_is_put_back_too(path: Path) -> None:
    lock(path).write_text("former\n")
    files = SiteFiles(load(path))
    files.write(SourceText(str(path), AFTER, "another\n"))
    files.put_back()
    assert lock(path).read_text() == "former\n"


def test_what_does_not_change_is_not_touched(path: Path) -> None:
    lock(path).write_text("former\n")
    before = [each.stat().st_ino for each in (path, lock(path))]
    SiteFiles(load(path)).write(load(path))
    assert [each.stat().st_ino for each in (path, lock(path))] == before


def test_what_somebody_else_wrote_meanwhile_stays(path: Path) -> None:
    files = SiteFiles(load(path))
    path.write_text("[site]\n# mine\n")
    with pytest.raises(ConflictError) as caught:
        files.write(SourceText(str(path), AFTER, "a lock\n"))
    [problem] = caught.value.problems
    assert (problem.code, problem.message, problem.help) == (
        "site-file-changed",
        f"{path} was changed meanwhile by somebody else",
        ("run the command again: it begins with what is there now",),
    )
    assert path.read_text() == "[site]\n# mine\n"
    assert not lock(path).exists()


def test_what_the_file_system_refuses_is_told(path: Path) -> None:
    files = SiteFiles(load(path))
    lock(path).with_name(".pylock.site.toml.new").mkdir()
    with pytest.raises(HostError) as caught:
        files.write(SourceText(str(path), AFTER, "a lock\n"))
    assert caught.value.problems[0].message == f"{path.parent}/.pylock.site.toml.new cannot be written: Is a directory"
    assert path.read_bytes() == BEFORE.encode()
