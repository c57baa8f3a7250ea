"""A build is carried to its end, or given up without a trace, by a program beside a Podman that is a script here."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import command
from pulp_quadlet.host.images import building

if TYPE_CHECKING:
    from pathlib import Path

# It writes down what it is asked, has one working container of ours and one of somebody else, and one layer.
PODMAN = """#!/bin/sh
echo "$*" >>"$LOG"
case $1 in
    build) echo "STEP 1"; {step}; status=$?; echo "ended with $status"; exit $status;;
    ps) cat "$ROOT/ps.json";;
    info) echo "$ROOT";;
    images) echo sha256:layer; echo sha256:layer;;
esac
"""


CONTAINERS = [
    {"Id": "ours", "Command": ["buildah"]},
    {"Id": "theirs", "Command": ["buildah"]},
    {"Id": "running", "Command": ["buildah"], "Pid": 1},
    {"Id": "other", "Command": ["sh"]},
    {"Id": "idle", "Command": None},
]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with all that the script was asked."""
    for name, text in (("ours", f'{{"AddHost": ["{building.MARK}:127.0.0.1"]}}'), ("theirs", "{}")):
        folder = tmp_path / "overlay-containers" / name / "userdata"
        folder.mkdir(parents=True)
        (folder / "buildah.json").write_text(text, encoding="utf-8")
    (tmp_path / "ps.json").write_text(json.dumps(CONTAINERS), encoding="utf-8")
    log = tmp_path / "log"
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("ROOT", str(tmp_path))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return log


def podman(asked: Path, step: str) -> None:
    script = asked.with_name("podman")
    script.write_text(PODMAN.format(step=step), encoding="utf-8")
    script.chmod(0o755)


async def build(lines: list[str]) -> None:
    await command.follow(building.words(("podman", "build", "--layers", ".")), lines.append, tied=True)


CLEANED = [
    "ps --all --external --format=json",
    "info --format={{.Store.GraphRoot}}",
    "rm --force ours",
    "images --quiet --no-trunc --filter=dangling=true --filter=label=org.pulpproject.quadlet.recipe",
    "image rm sha256:layer",
]
BUILD = f"build --add-host={building.MARK}:127.0.0.1 --force-rm --layers ."


def test_what_former_builds_left_is_removed_before_one_that_succeeds(asked: Path) -> None:
    podman(asked, "true")
    lines: list[str] = []
    asyncio.run(build(lines))
    assert lines == ["STEP 1", "ended with 0"]
    assert asked.read_text(encoding="utf-8").splitlines() == [*CLEANED, BUILD]


def test_what_a_failed_one_leaves_is_removed_as_well(asked: Path) -> None:
    podman(asked, "false")
    with pytest.raises(HostError) as caught:
        asyncio.run(build([]))
    assert caught.value.problems[0].notes == ("STEP 1", "ended with 1")
    assert asked.read_text(encoding="utf-8").splitlines() == [*CLEANED, BUILD, *CLEANED]


def test_one_that_is_given_up_ends_what_its_step_runs_and_lets_podman_clean_up(asked: Path) -> None:
    podman(asked, "sleep 60")

    async def story() -> None:
        began = asyncio.Event()
        words = building.words(("podman", "build", "--layers", "."))
        running = asyncio.create_task(command.follow(words, lambda _line: began.set(), tied=True))
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(story(), 30))
    assert asked.read_text(encoding="utf-8").splitlines() == [*CLEANED, BUILD, *CLEANED]
