"""`python.sh` runs a program with the Python that has Pulp, by the first line of Pulp's own command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.host import command
from pulp_quadlet.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = folder("units") / "config/pulp/python.sh"


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders with a Python each, which say who they are."""
    for name in ("bin/python3", "pulp/python3.12", "bin/python3.11"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name}: $*"\n', encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return tmp_path


def said(image: Path, manager: str | None, *words: str) -> list[str]:
    if manager is not None:
        path = image / "bin/pulpcore-manager"
        path.write_text(manager.format(image=image), encoding="utf-8")
        path.chmod(0o755)
    lines: list[str] = []
    asyncio.run(command.follow(("sh", str(PROGRAM), *words), lines.append))
    return lines


@pytest.mark.parametrize(
    ("manager", "python"),
    [
        (None, "bin/python3"),
        ("#!{image}/pulp/python3.12\nimport sys\n", "pulp/python3.12"),
        ("#! {image}/pulp/python3.12 -s\nimport sys\n", "pulp/python3.12"),
        ("#!/usr/bin/env python3.11\n", "bin/python3.11"),
        ("#!/bin/sh\n'''exec' {image}/pulp/python3.12 \"$0\" \"$@\"\n' '''\n", "pulp/python3.12"),
        ("#!/bin/sh\n'''exec' \"{image}/pulp/python3.12\" \"$0\" \"$@\"\n' '''\n", "pulp/python3.12"),
        ("\x7fELF", "bin/python3"),
        ("", "bin/python3"),
        ("#!$(touch {image}/evil); {image}/pulp/python3.12\n", "bin/python3"),
    ],
)
def test_the_python_of_pulp_is_found(image: Path, manager: str | None, python: str) -> None:
    assert said(image, manager, "/etc/x.py", "a  b", "$HOME;") == [f"{python}: /etc/x.py a  b $HOME;"]
    assert not (image / "evil").exists()
