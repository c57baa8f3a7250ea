"""A site file as the commands about images see it: all of its hosts, unless one is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pulp_quadlet.cli.offline import some_target

if TYPE_CHECKING:
    from pulp_quadlet.config.source import SourceText
    from pulp_quadlet.model.deployment import Image
    from pulp_quadlet.pipeline import Compiled


def slices(path: Path, host: str | None) -> tuple[Compiled, ...]:
    """What each host runs. Raises SiteError."""
    from pulp_quadlet.config.source import load

    return compiled_of(load(path), host)


def compiled_of(source: SourceText, host: str | None) -> tuple[Compiled, ...]:
    """The same of a text."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.config.read import read

    site = read(source.text, source.path)
    hosts = (host,) if host or not site.hosts else tuple(site.hosts)
    return tuple(pipeline.compile_site(source, some_target(name, None)) for name in hosts)


def images_of(compiled: Sequence[Compiled]) -> tuple[Image, ...]:
    """All of their images, each once."""
    return tuple({each.reference: each for one in compiled for each in one.deployment.images}.values())
