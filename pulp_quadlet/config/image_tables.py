"""Tables of the images: where they come from, and which plugins are in Pulp's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pulp_quadlet.schema.table import Table
from pulp_quadlet.schema.words import (
    AbsolutePath,
    GitUrl,
    ImageReference,
    PipOption,
    Revision,
    Url,
    Versions,
    refuse,
)

_List = Field(strict=False)  # TOML has arrays, the frozen tables have tuples


class ImageTable(Table):
    """Where the container images come from."""

    source: Literal["build", "registry", "archive"] = "build"
    """`build`: from PyPI and distribution packages, here; `registry`: pulled; `archive`: loaded from a file."""
    archive: AbsolutePath | None = None
    """The file with all images that `source = "archive"` loads, as `podman save` writes it."""
    base: ImageReference = "docker.io/library/debian:trixie-slim"
    """The Debian or Ubuntu image that `build` begins with."""
    pulp: ImageReference = "quay.io/pulp/pulp-minimal:stable"
    """The Pulp image that `registry` pulls; it takes every role that has none of its own."""
    api: ImageReference | None = None
    """An image for the API alone, whatever `source` is. It must have the same versions of Pulp and its plugins."""
    content: ImageReference | None = None
    """An image for the content server alone, likewise."""
    worker: ImageReference | None = None
    """An image for the workers alone, likewise: with programs that tasks run, for instance."""
    postgres: ImageReference = "docker.io/library/postgres:17"
    """The PostgreSQL image that `registry` pulls."""
    cache: ImageReference = "docker.io/valkey/valkey:8"
    """The Valkey image that `registry` pulls."""
    web: ImageReference = "docker.io/library/nginx:1.28"
    """The nginx image that `registry` pulls."""
    index_url: Url | None = None
    """The Python package index to build from, instead of PyPI."""
    extra_index_urls: Annotated[tuple[Url, ...], _List] = ()
    """Further package indexes. Whoever serves one can replace any package: prefer `index_url`."""
    pip_options: Annotated[tuple[PipOption, ...], _List] = ()
    """More options of `pip install`, one word each."""
    wheels: AbsolutePath | None = None
    """A folder of wheels on this host that pip may take packages from."""
    offline: bool = False
    """Take Python packages from `wheels` alone, without a network."""


class PluginTable(Table):
    """One plugin of Pulp. Where a version range is all that there is to say, the range stands alone."""

    version: Versions = ""
    """Which versions will do."""
    source: AbsolutePath | None = None
    """A checkout of the plugin on this host to install from. What is changed there, the next `apply` takes up."""
    git: GitUrl | None = None
    """A git repository to install from."""
    rev: Revision | None = None
    """The branch, tag or commit of `git`; its default branch when it is not given."""
    enabled: bool = True
    """Whether Pulp loads it. One that is off stays in the image and keeps its data."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [key for key in ("version", "source", "git") if getattr(self, key)]
        if len(given) > 1:
            raise refuse(
                "plugin-source",
                f"`{given[0]}` and `{given[1]}` exclude each other",
                "a plugin comes from the package index, from a checkout on this host, or from git",
            )
        if self.rev and self.git is None:
            raise refuse("plugin-source", "`rev` needs `git`", 'write `{ git = "https://...", rev = "main" }`')
        return self


def _plugin(value: str | PluginTable) -> PluginTable:
    """A version range alone is a table with nothing else."""
    return PluginTable(version=value) if isinstance(value, str) else value


if TYPE_CHECKING:
    Plugin = PluginTable  # what it is once it was read
else:
    Plugin = Annotated[Versions | PluginTable, AfterValidator(_plugin)]
DEFAULT_PLUGINS: dict[str, PluginTable] = {
    "pulp-python": PluginTable.model_construct(),
    "pulp-rpm": PluginTable.model_construct(),
}
