"""Folders of the host that belong to a site: each has a type, and file contexts that give it to all below."""

from __future__ import annotations

from dataclasses import dataclass

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.paths import HOME, RUN
from pulp_quadlet.selinux import names

SHARED = (HOME, "/var/lib/pulp-quadlet", RUN)
"""Folders of our own, whose types the shared module has."""
PODMAN = "/usr/lib/podman"
"""Where Debian has programs of Podman that its policy knows in another place."""
_SPECIAL = frozenset(".^$?*+|[](){}\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One of them."""

    path: str
    what: str
    type: str
    writers: tuple[str, ...]
    """Roles that change what is in it."""
    origin: SitePath = ()

    @property
    def kept(self) -> bool:
        """Whether the agent writes what is in it."""
        return self.what == "conf"

    @property
    def patterns(self) -> tuple[str, ...]:
        """Regular expressions of its file contexts. Some policies know /run by its old name."""
        own = pattern(self.path)
        return (own, f"/var{own}") if self.path.startswith("/run/") else (own,)


def folders(deployment: Deployment) -> tuple[Folder, ...]:
    """All folders that services see and that are the site's own, by their paths."""
    found: dict[str, Folder] = {}
    for service in deployment.services:
        for mount in (mount for mount in service.mounts if mount.holds):
            known = found.get(mount.source)
            writers = {*(known.writers if known else ()), *([service.role] if mount.writable else [])}
            found[mount.source] = Folder(
                path=mount.source,
                what=mount.holds,
                type=names.host_file(deployment.site, mount.holds),
                writers=tuple(sorted(writers)),
                origin=mount.origin,
            )
    return tuple(found[path] for path in sorted(found))


def pattern(path: str) -> str:
    """A path and all below it as a regular expression, as a string of CIL takes it."""
    escaped = "".join(f"\\{char}" if char in _SPECIAL else char for char in path)
    return f"{escaped}(/.*)?"


def roots(deployment: Deployment, *, fixes: bool) -> tuple[str, ...]:
    """Paths with labels of ours, they and all below them."""
    return (*SHARED, *([PODMAN] if fixes else []), *(folder.path for folder in folders(deployment)))
