"""Where the site's images come from: built on this host, pulled from a registry, or loaded from a file."""

from collections.abc import Callable

from pulp_quadlet.config.tables import Site
from pulp_quadlet.images import build, registry
from pulp_quadlet.model.deployment import Image
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target

SOURCES: dict[str, Callable[[Site, Target, Lock | None], tuple[Image, ...]]] = {
    "build": build.images,
    "registry": registry.images,
    "archive": registry.images,
}


def images(site: Site, target: Target, lock: Lock | None = None) -> tuple[Image, ...]:
    """The images of all roles; the first is that of Pulp."""
    main, *others = SOURCES[site.image.source](site, target, lock)
    return (main, *registry.of_single_roles(site, main), *others)


__all__ = ["images"]
