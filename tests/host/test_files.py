"""Generations: written whole, switched by one rename, and never over what is not ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pulp_quadlet.errors import ConflictError, HostError
from pulp_quadlet.host.files import Files
from pulp_quadlet.model.deployment import Directory, Secret
from pulp_quadlet.model.service import Owner
from tests.sites import MINIMAL, compiled

TREE = compiled().tree
HOME = Path("etc/pulp-quadlet/pulp")


def test_what_is_installed_is_what_is_applied(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.install(TREE, files.generation("pulp"), ())
    assert files.applied("pulp") == {file.path: file.text for file in TREE.files}
    assert files.links(TREE) == {link.path: link.text for link in TREE.links}


def test_every_link_leads_to_a_file(tmp_path: Path) -> None:
    Files(tmp_path).install(TREE, "", ())
    for link in TREE.links:
        assert (tmp_path / link.path.lstrip("/")).exists(), link.path
    assert (tmp_path / "etc/containers/systemd/pulp/pulp-web.container").is_file()


def test_one_rename_switches_to_the_next_generation(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.install(TREE, files.generation("pulp"), ())
    files.install(compiled(MINIMAL + "[workers]\ncount = 3\n").tree, "generations/1", ())
    assert os.readlink(tmp_path / HOME / "current") == "generations/2"
    assert (tmp_path / "etc/containers/systemd/pulp/pulp-worker-3.container").is_file()
    assert not (tmp_path / HOME / "generations/1/quadlet/pulp-worker-3.container").exists()


def test_old_generations_are_forgotten(tmp_path: Path) -> None:
    files = Files(tmp_path)
    for _ in range(7):
        files.install(TREE, files.generation("pulp"), ())
    kept = sorted(int(path.name) for path in (tmp_path / HOME / "generations").iterdir())
    assert kept == [3, 4, 5, 6, 7]


def test_obsolete_links_go(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.install(compiled(MINIMAL + "[api]\nreplicas = 3\n").tree, "", ())
    gone = "/etc/systemd/system/pulp-api-3-health.socket"
    assert gone in files.links(TREE)
    files.install(TREE, "generations/1", (gone,))
    assert gone not in files.links(TREE)


def test_a_file_that_is_not_ours_stops_everything(tmp_path: Path) -> None:
    theirs = tmp_path / "etc/systemd/system/pulp-web.socket"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Socket]\n")
    with pytest.raises(HostError) as caught:
        Files(tmp_path).install(TREE, "", ())
    problem = caught.value.problems[0]
    message = "/etc/systemd/system/pulp-web.socket is there already and does not belong to this site"
    assert problem.message == message
    assert problem.help == ("move it away, or give the site another `name`",)
    assert not (tmp_path / "etc/pulp-quadlet").exists()
    assert theirs.read_text() == "[Socket]\n"


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


def test_a_host_that_someone_else_changed_is_left_alone(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.install(TREE, "", ())
    with pytest.raises(ConflictError) as caught:
        files.install(TREE, "", ())
    assert caught.value.exit_code == 4
    assert files.generation("pulp") == "generations/1"


def test_a_secret_whose_file_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    secrets = (Secret(name="a", file="/there"), Secret(name="b", file="/gone"), Secret(name="c"))
    assert Files(tmp_path).unreadable(secrets) == {"b": "No such file or directory"}


def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("not a folder")
    with pytest.raises(HostError) as caught:
        Files(tmp_path).install(TREE, "", ())
    assert caught.value.problems[0].code == "write-failed"
