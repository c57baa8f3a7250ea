"""The Python packages of Pulp's image: what is asked for, where pip looks, and the image that pip runs in."""

from __future__ import annotations

from pulp_quadlet.config.tables import Site
from pulp_quadlet.images.recipe import recipe
from pulp_quadlet.locking.asked import checkouts, requirements, source_of
from pulp_quadlet.model.deployment import BuiltImage, Packages
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target
from pulp_quadlet.plugins import build_packages

_FOUND = "/mnt/wheels"
_CA = "/etc/pki/pulp-quadlet/ca-bundle.pem"


def packages(site: Site, target: Target, lock: Lock | None) -> Packages:
    """What is asked for, and what the lock has of it."""
    mounts = tuple(_mounts(site, target))
    return Packages(requirements=requirements(site), lock=lock, options=tuple(_options(site, mounts)), mounts=mounts)


def tools(site: Site) -> BuiltImage:
    """The image with pip, of the same base and so with the same Python."""
    return recipe(site, "tools", ("packages.sh", "user.sh"), packages=(*_for_sources(site), *build_packages(site)))


def _for_sources(site: Site) -> tuple[str, ...]:
    """Debian packages without which pip does not come to what it has to build."""
    return ("git",) if any(table.git for table in site.plugins.values()) else ()


def _options(site: Site, mounts: tuple[tuple[str, str], ...]) -> list[str]:
    image = site.image
    targets = {target for _, target in mounts}
    words: list[str] = []
    if _CA in targets:
        words += ["--cert", _CA]
    if image.index_url:
        words += ["--index-url", image.index_url]
    for url in image.extra_index_urls:
        words += ["--extra-index-url", url]
    if _FOUND in targets:
        words += ["--find-links", _FOUND]
    if image.offline:
        words.append("--no-index")
    return [*words, *image.pip_options]


def _mounts(site: Site, target: Target) -> list[tuple[str, str]]:
    ca = {"host": target.ca_bundle, "image": None}.get(site.trust.ca, site.trust.ca)
    found = [(ca, _CA), (site.image.wheels, _FOUND)]
    found += [(folder, source_of(name)) for name, folder in checkouts(site)]
    return [(source, where) for source, where in found if source]
