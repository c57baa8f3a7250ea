"""Generations: written whole, switched by one rename, committed by another, and never over what is not ours."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pulp_quadlet.errors import ConflictError, HostError
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generations import KEPT, Generations
from pulp_quadlet.model.generation import Generation, Origin, Transaction
from tests.sites import MINIMAL, compiled

HOME = Path("etc/pulp-quadlet/pulp")


def generation(text: str = MINIMAL) -> Generation:
    return compiled(text).generation(Origin(made=1000.0, user="somebody", job=7))


ONE = generation()


def installed(root: Path, what: Generation = ONE, obsolete: tuple[str, ...] = ()) -> int:
    """Staged and switched to, but not committed."""
    generations = Generations(root)
    number = generations.stage(what)
    generations.switch("pulp", generations.current("pulp"), number, what.tree.links, obsolete)
    return number


def test_what_is_staged_is_read_again_as_it_was(tmp_path: Path) -> None:
    """But for the units as values, which only a dry run needs."""
    number = Generations(tmp_path).stage(ONE)
    read = Generations(tmp_path).read("pulp", number)
    assert read.tree == replace(ONE.tree, units=())
    assert replace(read.deployment, configs=ONE.deployment.configs) == ONE.deployment
    assert read.origin == ONE.origin


def test_nothing_reads_what_is_only_staged(tmp_path: Path) -> None:
    Generations(tmp_path).stage(ONE)
    assert Generations(tmp_path).current("pulp") == 0
    assert not (tmp_path / "etc/containers").exists()


def test_what_is_switched_to_is_what_is_applied(tmp_path: Path) -> None:
    installed(tmp_path)
    assert Generations(tmp_path).files("pulp") == {file.path: file.text for file in ONE.tree.files}
    assert Files(tmp_path).links(ONE.tree) == {link.path: link.text for link in ONE.tree.links}
    for link in ONE.tree.links:
        assert (tmp_path / link.path.lstrip("/")).exists(), link.path
    assert (tmp_path / "etc/containers/systemd/pulp/pulp-web.container").is_file()


def test_one_rename_switches_to_the_next_generation(tmp_path: Path) -> None:
    installed(tmp_path)
    installed(tmp_path, generation(MINIMAL + "[workers]\ncount = 3\n"))
    assert os.readlink(tmp_path / HOME / "current") == "generations/2"
    assert (tmp_path / "etc/containers/systemd/pulp/pulp-worker-3.container").is_file()
    assert not (tmp_path / HOME / "generations/1/quadlet/pulp-worker-3.container").exists()


def test_only_the_expected_generation_is_switched_from(tmp_path: Path) -> None:
    installed(tmp_path)
    generations = Generations(tmp_path)
    number = generations.stage(ONE)
    with pytest.raises(ConflictError) as caught:
        generations.switch("pulp", 5, number, ONE.tree.links, ())
    assert caught.value.problems[0].message == "this host was changed by someone else after the plan was made"
    assert generations.current("pulp") == 1


def test_a_switch_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    """The link may lead to the new generation already, while the others are still missing."""
    generations = Generations(tmp_path)
    number = generations.stage(ONE)
    for _ in range(2):
        generations.switch("pulp", 0, number, ONE.tree.links, ())
    assert generations.current("pulp") == number


def test_the_commit_is_what_is_gone_back_to(tmp_path: Path) -> None:
    first, second = installed(tmp_path), installed(tmp_path)
    generations = Generations(tmp_path)
    assert generations.good("pulp") == 0
    generations.commit("pulp", first)
    assert (generations.current("pulp"), generations.good("pulp")) == (second, first)


def test_old_generations_are_forgotten_and_of_the_failed_ones_the_last_is_kept(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    for _ in range(KEPT + 3):
        generations.commit("pulp", installed(tmp_path))
        installed(tmp_path)  # fails
    generations.switch("pulp", generations.current("pulp"), generations.good("pulp"), ONE.tree.links, ())
    generations.prune("pulp")
    kept = sorted(int(path.name) for path in (tmp_path / HOME / "generations").iterdir())
    newest = 2 * (KEPT + 3)
    assert kept == [*range(newest - 2 * KEPT + 1, newest, 2), newest]
    assert [past.number for past in generations.history("pulp") if not past.good] == [newest]


def test_obsolete_links_go(tmp_path: Path) -> None:
    installed(tmp_path, generation(MINIMAL + "[api]\nreplicas = 3\n"))
    gone = "/etc/systemd/system/pulp-api-3-health.socket"
    assert gone in Files(tmp_path).links(ONE.tree)
    installed(tmp_path, ONE, (gone,))
    assert gone not in Files(tmp_path).links(ONE.tree)


def test_going_back_to_nothing_leaves_no_link(tmp_path: Path) -> None:
    installed(tmp_path)
    links = tuple(link.path for link in ONE.tree.links)
    Generations(tmp_path).switch("pulp", 1, 0, (), links)
    assert Generations(tmp_path).current("pulp") == 0
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_a_file_that_is_not_ours_stops_everything(tmp_path: Path) -> None:
    theirs = tmp_path / "etc/systemd/system/pulp-web.socket"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Socket]\n")
    with pytest.raises(HostError) as caught:
        installed(tmp_path)
    problem = caught.value.problems[0]
    message = "/etc/systemd/system/pulp-web.socket is there already and does not belong to this site"
    assert problem.message == message
    assert problem.help == ("move it away, or give the site another `name`",)
    assert Generations(tmp_path).current("pulp") == 0
    assert theirs.read_text() == "[Socket]\n"


def test_what_was_altered_by_hand_is_known_and_mended(tmp_path: Path) -> None:
    number = installed(tmp_path)
    generations = Generations(tmp_path)
    folder = tmp_path / HOME / "current"
    assert generations.altered("pulp") == frozenset()
    (folder / "quadlet/pulp-web.container").write_text("[Container]\n")
    (folder / "config/pulp/health.py").unlink()
    (folder / "quadlet/pulp-mine.container").write_text("[Container]\n")
    names = {"quadlet/pulp-web.container", "config/pulp/health.py", "quadlet/pulp-mine.container"}
    assert generations.altered("pulp") == names
    generations.restage("pulp", number)
    assert generations.altered("pulp") == {"quadlet/pulp-mine.container"}


def test_a_transaction_is_there_until_it_ends(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    assert generations.transaction("pulp") is None
    opened = Transaction(site="pulp", kind="try", before=3, after=4, replaced_secrets=("pulp-a",), began=12.5)
    generations.begin(opened)
    assert generations.transaction("pulp") == opened
    generations.end("pulp")
    generations.end("pulp")
    assert generations.transaction("pulp") is None


def test_two_do_not_change_a_site_at_once(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    with (
        generations.locked("pulp"),
        generations.locked("other"),
        pytest.raises(HostError) as caught,
        generations.locked("pulp"),
    ):
        raise AssertionError
    assert caught.value.problems[0].message == "pulp is being changed by somebody else right now"
    with generations.locked("pulp"):
        pass


def test_a_manifest_that_cannot_be_read_is_told_with_its_path(tmp_path: Path) -> None:
    number = installed(tmp_path)
    manifest = tmp_path / HOME / f"generations/{number}/manifest.json"
    for text, why in (("{", "Expecting property name"), ("{}", "'deployment'")):
        manifest.write_text(text)
        with pytest.raises(HostError) as caught:
            Generations(tmp_path).read("pulp", number)
        message = caught.value.problems[0].message
        assert "manifest.json cannot be used: " in message or "generations/1 cannot be used: " in message
        assert why in message


def test_a_disk_that_is_full_is_told_with_the_file(tmp_path: Path) -> None:
    blocked = tmp_path / "etc/pulp-quadlet/pulp/generations"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("")  # no folder can be made there
    with pytest.raises(HostError) as caught:
        Generations(tmp_path).stage(ONE)
    assert caught.value.problems[0].code == "write-failed"
    assert caught.value.problems[0].message.endswith(" cannot be written: Not a directory")
