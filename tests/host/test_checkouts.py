"""Checkouts: what counts as their content, and copies of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from pulp_quadlet.host.packages.checkouts import copy, look
from tests.lab.command import run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "pulp_rpm"
    (folder / "pulp_rpm" / "app").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "pulp_rpm" / "app" / "models.py").write_text("A = 1\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("/etc/passwd")
    return folder


def test_the_same_content_is_the_same_digest(checkout: Path) -> None:
    before = look(checkout)
    assert len(before.digest) == 64
    os.utime(checkout / "pyproject.toml", (1, 1))
    assert look(checkout) == before


@pytest.mark.parametrize(
    "path",
    [".git/HEAD", "pulp_rpm/__pycache__/a.pyc", "pulp_rpm.egg-info/PKG-INFO", "build/lib/a.py", "dist/a.whl", ".tox/x"],
)
def test_what_builds_and_editors_leave_does_not_count(checkout: Path, path: str) -> None:
    before = look(checkout)
    (checkout / path).parent.mkdir(parents=True)
    (checkout / path).write_text("x")
    assert look(checkout) == before


def test_each_change_counts(checkout: Path) -> None:
    found = {look(checkout).digest}
    models = checkout / "pulp_rpm" / "app" / "models.py"
    models.write_text("A = 2\n")
    found.add(look(checkout).digest)
    (checkout / "run.sh").chmod(0o644)
    found.add(look(checkout).digest)
    models.rename(models.with_name("models2.py"))
    found.add(look(checkout).digest)
    (checkout / "link").unlink()
    (checkout / "link").symlink_to("/etc/group")
    found.add(look(checkout).digest)
    (checkout / "pulp_rpm" / "build").mkdir()
    found.add(look(checkout).digest)
    assert len(found) == 6


def test_a_copy_is_what_was_looked_at(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".git").mkdir()
    os.mkfifo(checkout / "pipe")
    target = tmp_path / "copy"
    assert copy(checkout, target) == look(checkout) == look(target)
    assert not (target / ".git").exists()
    assert not (target / "pipe").exists()
    assert os.readlink(target / "link") == "/etc/passwd"
    modes = [oct((target / name).stat().st_mode & 0o777) for name in (".", "pyproject.toml", "run.sh")]
    assert modes == ["0o777", "0o666", "0o777"]


def test_what_is_no_checkout(checkout: Path, tmp_path: Path) -> None:
    (checkout / "pyproject.toml").unlink()
    assert look(checkout).wrong == "is no checkout of a Python package: it has neither pyproject.toml nor setup.py"
    assert look(checkout / "run.sh").wrong == "is no folder"
    assert look(tmp_path / "none").wrong == "is not there"
    assert look(tmp_path / "none").digest == ""


def test_as_a_program(checkout: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pulp_quadlet.host.packages.checkouts", str(checkout)]
    assert json.loads(run(words).stdout) == {"digest": look(checkout).digest, "wrong": ""}
    run([*words, str(tmp_path / "copy")])
    assert look(tmp_path / "copy") == look(checkout)
