"""The base image of the default site file, without a registry: a tree of ours under the name it has there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab import trees
from tests.lab.progress import step

if TYPE_CHECKING:
    from tests.lab.guest import Guest

NAME = "docker.io/library/debian:trixie-slim"
AS_PUBLISHED = ("CMD=bash", "ENV=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


def load(machine: Guest) -> None:
    """Give the machine's Podman the image, unless it has it."""
    trees.make(trees.BASE_IMAGE)
    if machine.run(["podman", "image", "exists", NAME], check=False).status == 0:
        return
    with step(f"import the base image into {machine.name}"), trees.BASE_IMAGE.path().open("rb") as tar:
        changes = [f"--change={change}" for change in AS_PUBLISHED]
        machine.run(["podman", "import", "--quiet", *changes, "-", NAME], input=tar, timeout=300)
