"""What was applied, whole: enough to apply it again, to go back to it, and to watch it, without the site file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree

Kind = Literal["apply", "try", "rollback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a generation comes from."""

    kind: Kind = "apply"
    site_file: str = ""
    site_text: str = ""
    """The site file as it was read, which holds no secret."""
    lock_text: str = ""
    """The lock beside it; empty where there was none."""
    target: Target | None = None
    version: str = ""
    """Of pulp-quadlet, which compiled it."""
    compiler: str = ""
    """The fingerprint of its files then: a package may change them without another version."""
    made: float = 0.0
    """Seconds since 1970."""
    user: str = ""
    """Who asked for it."""
    job: int = 0
    copy_of: int = 0
    """The generation that a rollback applied again."""
    migrations: tuple[str, ...] = ()
    """Migrations of the database that came with it, by names such as `rpm.0073_name`."""
    one_way: tuple[str, ...] = ()
    """Those of them that only a dump of the database can undo."""
    dump: str = ""
    """The dump that was made before those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One state of a site on this host, as it was or will be applied."""

    deployment: Deployment
    tree: Tree
    origin: Origin = Origin()

    @property
    def site(self) -> str:
        """The name of the site."""
        return self.deployment.site

    def altered(self, found: Mapping[str, str]) -> frozenset[str]:
        """Which of its files, as they are found now by path, are not what was written; also those that are gone."""
        written = {file.path: file.text for file in self.tree.files}
        return frozenset(path for path in written.keys() | found.keys() if written.get(path) != found.get(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A change that is under way, written down before its first step and removed after its last."""

    site: str
    kind: Kind
    before: int
    """The generation to go back to; 0 where nothing was applied before."""
    after: int
    job: int = 0
    user: str = ""
    began: float = 0.0
    replaced_secrets: tuple[str, ...] = ()
    """Secrets that were copied anew, whose former bytes are kept until the end."""
    dump: str = ""
    """The dump to restore when the migration has begun and fails."""
    migrating: bool = False
    """Whether steps that only the dump can undo may have been done."""
    through: bool = False
    """Whether Pulp was healthy with it, so that it stands. With a new generation `good` tells it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGeneration:
    """One line of the history."""

    number: int
    origin: Origin
    current: bool = False
    good: bool = False
    """Whether it was committed: Pulp was healthy with it."""


def nothing(site: str) -> Generation:
    """A site that is not there: what to go back to when a first apply fails."""
    deployment = Deployment(
        site=site,
        url="",
        digest="",
        services=(),
        sockets=(),
        directories=(),
        secrets=(),
        images=(),
        configs=(),
    )
    return Generation(deployment=deployment, tree=Tree(site=site, files=(), links=(), units=(), digests=()))
