"""What would be wrong with a policy before anybody compiles it: folders that are not the site's to label, and folders
inside of each other whose files would carry the one label or the other, depending on where they were made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from pulp_quadlet.errors import Problem
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.paths import is_below
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.folders import SHARED, Folder, folders

_WHOLLY_OF_SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/sbin", "/sys", "/usr")
_TOP = ("/home", "/media", "/mnt", "/opt", "/run", "/srv", "/tmp", "/var")  # noqa: S108  # names, nothing is written
_IN_VAR = ("cache", "lib", "lib/containers", "log", "run", "spool", "tmp")
_SYSTEM = frozenset(("/", *_TOP, *(f"/var/{name}" for name in _IN_VAR)))
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,63}")


def problems(deployment: Deployment) -> Iterator[tuple[SitePath, Problem]]:
    """Everything that is wrong, with the key of the site file behind it; nothing where no policy is made."""
    if deployment.policy is None:
        return
    found = folders(deployment)
    for folder in filter(_is_of_the_system, found):
        yield folder.origin, _refused(folder.path)
    for one, other in combinations((folder for folder in found if not _is_of_the_system(folder)), 2):
        yield from _nested(one, other)
    for service in deployment.services:
        for name in (names.process(deployment.site, service.role), names.rootfs(deployment.site, service.role)):
            if not _LABEL.fullmatch(name):
                yield (), Problem(code="invalid-label", message=f"`{name}` cannot be the name of a type of SELinux")


def _is_of_the_system(folder: Folder) -> bool:
    path = folder.path
    own = is_below(path, SHARED)
    return not own and (path in _SYSTEM or is_below(path, _WHOLLY_OF_SYSTEM))


def _refused(path: str) -> Problem:
    return Problem(
        code="folder-of-the-system",
        message=f"`{path}` is a folder of the system, which may not be labelled for SELinux as the site's own",
        help=("give the site a folder of its own, such as one below /srv or /var/lib",),
    )


def _nested(one: Folder, other: Folder) -> Iterator[tuple[SitePath, Problem]]:
    outer, inner = sorted((one, other), key=lambda folder: len(folder.path))
    if not is_below(inner.path, (outer.path,)) or outer.type == inner.type:
        return
    yield (
        inner.origin or outer.origin,
        Problem(
            code="nested-labels",
            message=f"`{inner.path}` lies inside `{outer.path}`, and SELinux keeps the two apart by their labels",
            help=("give each a folder of its own",),
        ),
    )
