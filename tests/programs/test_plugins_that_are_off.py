"""The setting that keeps Pulp from loading a plugin, as Pulp's own interpreter makes it of what is installed there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.lab.command import run
from tests.programs.test_routes import plugin
from tests.sites import MINIMAL, compiled

PLUGINS = '[plugins]\npulp-a = "*"\npulp-b = { enabled = false }\n'


def stored(text: str) -> str:
    [file] = [file for file in compiled(text).tree.files if file.path == "config/pulp/stored.py"]
    return file.text


def test_a_plugin_that_is_off_is_not_among_them(tmp_path: Path) -> None:
    for name in ("pulp_a", "pulp_b", "pulp_file"):
        plugin(tmp_path, name, None)
    (tmp_path / "secret").write_text("hidden\n")
    program = stored(MINIMAL + PLUGINS).replace('"/run/secrets", name', f'"{tmp_path}/secret"')
    (tmp_path / "stored.py").write_text(program + "print(sorted(ENABLED_PLUGINS))\n")
    told = run(
        [sys.executable, str(tmp_path / "stored.py")], env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    )
    assert told.stdout == "['pulp_a', 'pulp_file']\n"


def test_where_all_are_on_nothing_is_said_of_it() -> None:
    assert "ENABLED_PLUGINS" not in stored(MINIMAL + PLUGINS.replace("{ enabled = false }", '"*"'))
