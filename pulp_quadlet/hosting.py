"""The machine, as the whole story of a site needs it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pulp_quadlet.changing import uninstall as leaving
from pulp_quadlet.locking.question import Question
from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.generation import Generation, PastGeneration
from pulp_quadlet.model.lock import Checkout
from pulp_quadlet.model.migration import Survey
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree


class Host(leaving.Host, Protocol):
    """What the stories ask of it, and have it do."""

    async def target(self, host: str | None) -> Target:
        """What the compiler has to know of this machine."""
        ...

    async def generate(self, tree: Tree) -> Generated | None:
        """What Podman's generator and systemd make of the units; None where there is no generator."""
        ...

    async def survey(self, wanted: Generation) -> Survey:
        """What the image of the generation would do to the database: asked in the image, nothing is changed."""
        ...

    def locked(self, site: str) -> AbstractContextManager[None]:
        """Nobody else changes this site meanwhile. Raises HostError at once when somebody does."""
        ...

    async def history(self, site: str) -> tuple[PastGeneration, ...]:
        """The generations that are kept, the newest first."""
        ...

    async def remember_site_file(self, file: str, text: str) -> None:
        """This text of a site file was dealt with: a boot does not apply it."""
        ...

    async def solve(self, image: BuiltImage, asked: Question) -> Mapping[str, Any]:
        """What pip says of a question, in the image's tools, which are built first where they are missing."""
        ...

    async def checkouts(self, folders: tuple[str, ...]) -> Mapping[str, Checkout]:
        """What is in checkouts on this host, by folder."""
        ...

    async def write_lock(self, path: str, text: str) -> None:
        """Write a lock file, in one step."""
        ...
