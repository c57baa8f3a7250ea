"""The program that reads the plugins' web server snippets, run on snippets in the forms that plugins use."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.lab.command import Result, run

PROGRAM = Path(__file__).parents[2] / "units" / "config" / "routes" / "routes.py"

SNIPPET = """
# comment
location /pypi/ {
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header Host $http_host;
    proxy_redirect off;
    proxy_pass http://pulp-api;
}
location ~ ^/files/(.*)$ {
    proxy_pass http://pulp-content;
}
location /pulp/content/ {
    proxy_pass http://pulp-content;
}
"""


def plugin(folder: Path, name: str, snippet: str | None) -> None:
    """A package that announces itself as a plugin, with its snippet."""
    (folder / name / "app" / "webserver_snippets").mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    if snippet is not None:
        (folder / name / "app" / "webserver_snippets" / "nginx.conf").write_text(snippet)
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[pulpcore.plugin]\n{name} = {name}:default_app_config\n")


def routes(site: Path, target: Path) -> Result:
    target.mkdir(exist_ok=True)
    environment = {"PYTHONPATH": str(site), "PATH": os.environ["PATH"]}
    return run([sys.executable, str(PROGRAM), str(target)], check=False, env=environment)


def test_path_and_upstream_are_taken_over_and_nothing_else(tmp_path: Path) -> None:
    plugin(tmp_path / "site", "pulp_a", SNIPPET)
    plugin(tmp_path / "site", "pulp_b", None)
    result = routes(tmp_path / "site", tmp_path / "out")
    assert (result.status, result.stdout) == (0, "2 routes to plugins\n")
    assert (tmp_path / "out" / "plugins.conf").read_text() == (
        "# pulp_a\nlocation /pypi/ {\n    include /etc/pulp-quadlet/current/config/web/to-api.conf;\n}\n"
        "# pulp_a\nlocation ~ ^/files/(.*)$ {\n    include /etc/pulp-quadlet/current/config/web/to-content.conf;\n}\n"
    )


def test_a_path_that_two_plugins_want_is_there_once(tmp_path: Path) -> None:
    for name in ("pulp_a", "pulp_b"):
        plugin(tmp_path / "site", name, "location /x/ { \n proxy_pass http://pulp-api;\n }\n")
    routes(tmp_path / "site", tmp_path / "out")
    assert (tmp_path / "out" / "plugins.conf").read_text().count("location") == 1


@pytest.mark.parametrize(
    ("snippet", "told"),
    [
        ("# nothing\n", "pulp_a: its web server snippet has no location; routes to it cannot be made\n"),
        (
            "location /x/ {\n proxy_pass http://elsewhere;\n}\n",
            "pulp_a: location /x/ of its web server snippet has no known upstream\n",
        ),
    ],
)
def test_a_snippet_that_cannot_be_read_stops_the_service(tmp_path: Path, snippet: str, told: str) -> None:
    plugin(tmp_path / "site", "pulp_a", snippet)
    result = routes(tmp_path / "site", tmp_path / "out")
    assert (result.status, result.stderr) == (1, told)
    assert not (tmp_path / "out" / "plugins.conf").exists()


def loaded(path: Path) -> ModuleType:
    """A program of a container as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_programs_of_containers_need_nothing_to_be_read() -> None:
    """They import what only the image has when they run, not when they are read."""
    assert loaded(PROGRAM).OWN
    assert loaded(PROGRAM.parents[1] / "pulp" / "health.py").main
