"""The short way is gone only where what is applied was made of the very same."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pulp_quadlet.agent.unchanged import made_of, remember, unchanged
from pulp_quadlet.config.source import SourceText
from pulp_quadlet.host import found_same, installation
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.installation import fingerprint
from pulp_quadlet.model.generation import Generation, Origin, Transaction
from tests.sites import MINIMAL, TARGET, compiled

SITE = compiled().generation(Origin(compiler=fingerprint()))
FILE = SITE.origin.site_file


def applied(root: Path, what: Generation = SITE, *, committed: bool = True) -> Generations:
    generations = Generations(root)
    number = generations.stage(what)
    generations.switch("pulp", 0, number, what.tree.links, ())
    if committed:
        generations.commit("pulp", number)
    return generations


def test_the_same_file_by_the_same_installation(tmp_path: Path) -> None:
    found = made_of(SourceText(FILE, MINIMAL), TARGET, applied(tmp_path))
    assert found is not None
    assert found.origin == SITE.origin


@pytest.mark.parametrize(("file", "text"), [(FILE, MINIMAL + "\n"), ("/root/site.toml", MINIMAL)])
def test_another_site_file(tmp_path: Path, file: str, text: str) -> None:
    assert made_of(SourceText(file, text), TARGET, applied(tmp_path)) is None


def test_other_files_of_ours_made_it(tmp_path: Path) -> None:
    other = replace(SITE, origin=replace(SITE.origin, compiler="another one"))
    assert made_of(SourceText(FILE, MINIMAL), TARGET, applied(tmp_path, other)) is None


def test_another_host(tmp_path: Path) -> None:
    assert made_of(SourceText(FILE, MINIMAL), replace(TARGET, ca_bundle="/another"), applied(tmp_path)) is None


def test_what_was_found_to_be_the_same(tmp_path: Path) -> None:
    """Until something of it is another one."""
    text = MINIMAL + "# a remark\n"
    generations = applied(tmp_path)
    remember(compiled(text).generation(Origin()), 1, generations, tmp_path)
    assert made_of(SourceText(FILE, text), TARGET, generations, tmp_path) is not None
    assert made_of(SourceText(FILE, text + "\n"), TARGET, generations, tmp_path) is None
    assert made_of(SourceText(FILE, text), replace(TARGET, host="two"), generations, tmp_path) is None
    generations.commit("pulp", generations.stage(SITE))
    generations.switch("pulp", 1, 2, SITE.tree.links, ())
    assert made_of(SourceText(FILE, text), TARGET, generations, tmp_path) is None


def test_what_differs_in_more_than_files_is_compiled_each_time(tmp_path: Path) -> None:
    """As where a secret is copied from: its file has to be looked at, and not that of before."""
    text = MINIMAL + '[secrets]\nadmin_password = { file = "/root/password" }\n'
    generations = applied(tmp_path)
    remember(compiled(text).generation(Origin()), 1, generations, tmp_path)
    assert made_of(SourceText(FILE, text), TARGET, generations, tmp_path) is None


def test_what_cannot_be_kept_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found_same.remember("pulp", "mark", tmp_path / "file")
    assert not found_same.is_known("pulp", "mark", tmp_path / "file")


def test_it_was_not_committed(tmp_path: Path) -> None:
    assert made_of(SourceText(FILE, MINIMAL), TARGET, applied(tmp_path, committed=False)) is None


def test_a_change_lies_open(tmp_path: Path) -> None:
    generations = applied(tmp_path)
    generations.begin(Transaction(site="pulp", kind="apply", before=1, after=2))
    assert made_of(SourceText(FILE, MINIMAL), TARGET, generations) is None


def test_a_host_without_sites(tmp_path: Path) -> None:
    assert made_of(SourceText(FILE, MINIMAL), TARGET, Generations(tmp_path)) is None


def test_what_cannot_be_read_is_left_to_the_long_way(tmp_path: Path) -> None:
    assert asyncio.run(unchanged(str(tmp_path / "none"), {})) is None


def test_the_fingerprint_is_that_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_PLACES", (tmp_path, tmp_path / "none"))
    (tmp_path / "units").mkdir()
    template = tmp_path / "units" / "container.j2"
    template.write_text("one")
    before = fingerprint()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "made.pyc").touch()
    assert fingerprint() == before
    template.write_text("other")
    assert fingerprint() != before


def test_a_file_of_the_same_size_and_time_is_another_when_a_package_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "_PLACES", (tmp_path,))
    template = tmp_path / "container.j2"
    template.write_text("one")
    os.utime(template, (1580601600, 1580601600))
    before = fingerprint()
    new = tmp_path / "container.j2.dpkg-new"
    new.write_text("two")
    os.utime(new, (1580601600, 1580601600))
    new.rename(template)
    assert fingerprint() != before
