"""Where we live on a host, and how paths lie to each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

HOME = "/etc/pulp-quadlet"
"""Site files, and a folder for each site. It is below /etc, since /var may not be mounted when generators run."""


RUN = "/run/pulp-quadlet"
"""Locks, sockets, and what Podman and its generator read meanwhile: SELinux lets them read here, not in any /tmp."""


WHEELHOUSE = "/var/lib/pulp-quadlet/.wheels"
"""Wheels for the images of all sites, each checked by its hash. No site is called so: names begin with a letter."""


BILLS = "/var/lib/pulp-quadlet/.sbom"
"""The bills of materials of the images of all sites."""


def lock_path(site_file: str) -> str:
    """The lock of a site file: `pylock.site.toml` beside `site.toml`. PEP 751 lets its name have no other dots."""
    path = PurePosixPath(site_file)
    return str(path.with_name(f"pylock.{path.stem.replace('.', '-')}.toml"))


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of these folders or lies in one."""
    return any(f"{path}/".startswith(f"{folder.rstrip('/')}/") for folder in folders)


def are_nested(one: str, other: str) -> bool:
    """Whether one lies in the other, whichever."""
    return is_below(one, (other,)) or is_below(other, (one,))
