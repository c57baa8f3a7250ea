"""Whether the lock beside a site file is an answer to what that file asks."""

from __future__ import annotations

from pulp_quadlet.config.tables import Site
from pulp_quadlet.locking.asked import requirements
from pulp_quadlet.locking.pylock import read_lock
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.paths import lock_path


def lock_of(text: str | None, site_file: str, site: Site) -> Lock | None:
    """The lock to build from; None where there is none, or one of other requirements. Raises SiteError."""
    if text is None or site.image.source != "build":
        return None
    return fitting(read_lock(text, lock_path(site_file)), site)


def fitting(lock: Lock | None, site: Site) -> Lock | None:
    """The same lock, if it answers what the site asks."""
    return lock if lock and lock.answers(requirements(site), site.image.base) else None
