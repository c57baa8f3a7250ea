"""Images are provided by a Podman that is a script here: it knows the images that are files of a folder."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host.images import providing as images
from pulp_quadlet.model.deployment import BuiltImage, Packages, PulledImage, TextFile
from pulp_quadlet.model.image_names import kept_name, pulled_name

if TYPE_CHECKING:
    from pathlib import Path

PODMAN = """#!/bin/sh
echo "$*" >>"$ROOT/log"
name() { echo "$ROOT/images/$(echo "$1" | tr / _)"; }
case "$1 $2" in
    "image inspect") cat "$(name "$4")" 2>/dev/null || exit 1;;
    "image rm") shift 2; for each; do rm -f "$(name "$each")"; done;;
    tag*) from=$2; shift 2; for each; do echo "$from" >"$(name "$each")"; done;;
    "pull "*) echo "Trying to pull $2"; test "$2" != "docker.io/gone:1" && echo 0123 >"$(name "$2")";;
    "load --input") echo "Loaded image: localhost/other:1"; echo 4567 >"$(name localhost/other:1)";;
    "build "*) cat "$ROOT/build"; test ! -e "$ROOT/fails";;
    "images "*) ;;
    "ps "*) echo "[]";;
esac
"""
WEB = BuiltImage(
    reference="localhost/pulp-quadlet/web:1", role="web", context=(TextFile(path="Containerfile", text="FROM x"),)
)
PULLED = PulledImage(reference="docker.io/nginx:1", role="web")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "podman").write_text(PODMAN, encoding="utf-8")
    (tmp_path / "podman").chmod(0o755)
    (tmp_path / "build").write_text(f"STEP 1/1: FROM x\n{'0' * 64}\n", encoding="utf-8")
    monkeypatch.setenv("ROOT", str(tmp_path))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("PULP_QUADLET_AGENT", raising=False)
    return tmp_path


def provide(image: BuiltImage | PulledImage) -> list[str]:
    lines: list[str] = []
    asyncio.run(images.provide(image, lines.append))
    return lines


def names(root: Path) -> set[str]:
    return {path.name.replace("_", "/") for path in (root / "images").iterdir()}


def log(root: Path) -> list[str]:
    return (root / "log").read_text(encoding="utf-8").splitlines()


def test_what_is_built_gets_its_names_when_it_is_there(root: Path) -> None:
    assert provide(WEB) == ["STEP 1/1: FROM x", "0" * 64]
    assert names(root) == {WEB.reference, kept_name(WEB)}
    [build] = (line for line in log(root) if line.startswith("build"))
    words = build.split()
    assert words[:6] == ["build", *words[1:2], "--force-rm", "--layers", "--pull=missing", "--network=host"]
    assert not list((root / "run").glob("build-*"))


def test_an_image_that_has_lost_its_name_is_not_built_again(root: Path) -> None:
    (root / "images" / kept_name(WEB).replace("/", "_")).write_text("9", encoding="utf-8")
    assert provide(WEB) == []
    assert names(root) == {WEB.reference, kept_name(WEB)}
    assert not [line for line in log(root) if line.startswith("build")]


def test_a_build_that_fails_gives_no_name_and_leaves_no_folder(root: Path) -> None:
    (root / "fails").touch()
    (root / "build").write_text("no space left on device\n", encoding="utf-8")
    with pytest.raises(HostError) as caught:
        provide(WEB)
    assert caught.value.problems[0].code == "disk-full"
    assert names(root) == set()
    assert not list((root / "run").glob("build-*"))


def test_packages_that_are_not_locked_are_not_built(root: Path) -> None:
    with pytest.raises(HostError) as caught:
        provide(replace(WEB, role="pulp", packages=Packages(requirements=("pulpcore",))))
    [problem] = caught.value.problems
    assert problem.code == "not-locked"
    assert problem.message == ("the image localhost/pulp-quadlet/web:1 cannot be built: its packages are not locked")
    assert problem.help == ("`pulp-quadlet apply` locks them first",)
    assert not [line for line in log(root) if line.startswith("build")]


def test_an_image_that_we_have_pulled_is_marked_so(root: Path) -> None:
    assert provide(PULLED) == ["Trying to pull docker.io/nginx:1"]
    assert names(root) == {PULLED.reference, pulled_name("0123")}
    assert provide(PULLED) == []


def test_an_image_that_was_there_is_not_marked(root: Path) -> None:
    (root / "images" / "docker.io_nginx:1").write_text("0123\n", encoding="utf-8")
    assert provide(PULLED) == []
    assert names(root) == {PULLED.reference}


def test_an_image_that_cannot_be_pulled_is_told(root: Path) -> None:
    with pytest.raises(HostError) as caught:
        provide(replace(PULLED, reference="docker.io/gone:1"))
    assert caught.value.problems[0].message == "the image docker.io/gone:1 could not be pulled"


def test_what_a_file_has_besides_does_not_stay(root: Path) -> None:
    with pytest.raises(HostError) as caught:
        provide(replace(PULLED, archive="/srv/a.tar"))
    assert caught.value.problems[0].notes == ("it has `localhost/other:1`",)
    assert "image rm --ignore localhost/other:1" in log(root)
