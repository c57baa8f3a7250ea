"""Folders of the host, secrets in files, and links: what lies beside the generations."""

from __future__ import annotations

import os
from pathlib import Path

from pulp_quadlet.host.files import Files
from pulp_quadlet.model.deployment import Directory, Secret
from pulp_quadlet.model.service import Owner


def test_a_folder_with_another_owner_or_mode_is_not_right(tmp_path: Path) -> None:
    mine = Owner(uid=os.getuid(), gid=os.getgid())
    (tmp_path / "data").mkdir(mode=0o750)
    (tmp_path / "data").chmod(0o750)
    right = Directory(path="/data", owner=mine, mode=0o750)
    wrong = (Directory(path="/data", owner=mine, mode=0o700), Directory(path="/none", owner=mine, mode=0o750))
    files = Files(tmp_path)
    assert files.directories((right,)) == {"/data"}
    assert files.directories(wrong) == frozenset()


def test_runs_are_remembered(tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert files.runs("pulp") == {}
    files.remember_run("pulp", "pulp-migrate", "digest")
    assert files.runs("pulp") == {"pulp-migrate": "digest"}


def test_a_secret_whose_file_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    secrets = (Secret(name="a", file="/there"), Secret(name="b", file="/gone"), Secret(name="c"))
    assert Files(tmp_path).unreadable(secrets) == {"b": "No such file or directory"}
