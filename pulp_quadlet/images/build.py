"""Recipes of images that Podman builds on this host: Pulp from PyPI, the others from the base's own packages."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.config.tables import Site
from pulp_quadlet.images.packages import packages, tools
from pulp_quadlet.images.recipe import BUILD, recipe
from pulp_quadlet.model.deployment import BuiltImage, Image, TextFile
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target
from pulp_quadlet.plugins import packages_of


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
    pip = ["pip", "install", "--no-cache-dir", "--disable-pip-version-check", *asked.options]
    pip += ["--requirement", f"{BUILD}/requirements.txt"]
    wanted = TextFile(path="requirements.txt", text="".join(f"{line}\n" for line in asked.requirements))
    built = recipe(site, "pulp", ("packages.sh", "user.sh"), (wanted,), packages=packages_of(site), pip=pip)
    return replace(built, packages=asked, tools=tools(site), mounts=asked.mounts, origin=("plugins",))
