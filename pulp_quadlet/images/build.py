"""Recipes of images that Podman builds here: Pulp from locked wheels, the others from the base's own packages."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.config.tables import Site
from pulp_quadlet.images.layers import WHEELS, layers
from pulp_quadlet.images.packages import packages, tools
from pulp_quadlet.images.recipe import recipe
from pulp_quadlet.locking.asked import CORE
from pulp_quadlet.model.deployment import BuiltImage, Image, TextFile
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target
from pulp_quadlet.plugins import PLUGINS, debian_packages
from pulp_quadlet.resources import read_text


def images(site: Site, target: Target, lock: Lock | None) -> tuple[Image, ...]:
    """The four recipes."""
    return (
        _pulp(site, target, lock),
        recipe(site, "postgres", ("packages.sh", "user.sh", "entrypoint.sh")),
        recipe(site, "cache", ("packages.sh",)),
        recipe(site, "web", ("packages.sh",)),
    )


def _pulp(site: Site, target: Target, lock: Lock | None) -> BuiltImage:
    asked = packages(site, target, lock)
    plugins = tuple(name for name in site.plugins if name != CORE)
    found = layers(asked, (CORE, *plugins))
    listed = [{"name": each.name, "lines": each.lines, "packages": debian_packages(each.name)} for each in found]
    built = recipe(
        site,
        "pulp",
        ("packages.sh", "user.sh", "install.py", "inspection.py"),
        (TextFile(path="routes.py", text=read_text("config/routes/routes.py")),),
        prefix="" if lock else "unlocked-",
        layers=listed,
        wheels=WHEELS,
    )
    return replace(
        built,
        packages=asked,
        unknown=tuple(name for name in plugins if name not in PLUGINS),
        tools=tools(site),
        origin=("plugins",),
    )
