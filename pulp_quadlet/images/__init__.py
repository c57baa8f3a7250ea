"""Where the site's images come from: built on this host, or pulled from a registry."""

from collections.abc import Callable

from pulp_quadlet.config.tables import Site
from pulp_quadlet.images import build, registry
from pulp_quadlet.model.deployment import Image
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target

SOURCES: dict[str, Callable[[Site, Target, Lock | None], tuple[Image, ...]]] = {
    "build": build.images,
    "registry": registry.images,
}


def images(site: Site, target: Target, lock: Lock | None = None) -> tuple[Image, ...]:
    """The images of all roles."""
    return SOURCES[site.image.source](site, target, lock)


__all__ = ["images"]
