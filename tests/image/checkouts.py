"""Checkouts of plugins, as their authors have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.site.pulp import Pulp

PYPROJECT = """[project]
name = "{name}"
version = "1.0"
dependencies = ["pulpcore"]
[project.entry-points."pulpcore.plugin"]
{package} = "{package}:default_app_config"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""


def write(pulp: Pulp, folder: str, name: str, files: Mapping[str, str]) -> None:
    """Put a plugin into a folder of the machine. `files` are those of its package, by their paths in it."""
    package = name.replace("-", "_")
    texts = {f"{package}/{path}": text for path, text in files.items()}
    texts["pyproject.toml"] = PYPROJECT.format(name=name, package=package)
    for path, text in texts.items():
        pulp.run("mkdir", "-p", f"{folder}/{path}".rpartition("/")[0])
        pulp.write(f"{folder}/{path}", text)
