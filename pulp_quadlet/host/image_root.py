"""A site laid down below the root of an image, where nothing runs: the first boot does the rest."""

from __future__ import annotations

from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.seen import FIRST
from pulp_quadlet.host.writing import told, write
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.tree import home
from pulp_quadlet.paths import HOME, lock_path

SITE_FILE = f"{HOME}/{FIRST}"


def check(root: Path, running: Path | None = None) -> None:
    """Whether this is the root of an image. Raises HostError where it is that of a running system."""
    if root == (running or _running()):
        raise HostError(
            Problem(
                code="root-is-running",
                message="this system is running, so it is not the root of an image",
                help=("`pulp-quadlet apply` without --root changes it",),
            )
        )


def _running() -> Path | None:
    """The root of what systemd has booted (sd_booted(3)); a build of an image has its own `/` and no systemd."""
    return Path("/") if Path("/run/systemd/system").is_dir() else None


def lay_down(generation: Generation, root: Path) -> int:
    """Write a generation and its links below the root, and the site file where the first boot looks for it.

    The link by which the target starts at boot is left out, and so is the commit: images and secrets are not there yet,
    and every service would fail until they are. The apply of the first boot finds the link missing, and goes on from
    there. Raises HostError, before anything is written where the site was applied already.
    """
    site, tree = generation.site, generation.tree
    generations = Generations(root)
    if generations.good(site):
        raise HostError(
            Problem(
                code="root-is-applied",
                message=f"{site} was applied in {root} already, by a system that ran there",
                help=(f"remove {generations.below(home(site))} with all that is in it to begin anew",),
            )
        )
    links = tuple(link for link in tree.links if not link.starts)
    number = generations.stage(generation)
    generations.switch(site, generations.current(site), number, links, ())
    generations.prune(site)
    with told():
        write(generations.below(SITE_FILE), generation.origin.site_text, 0o644)
        if generation.origin.lock_text:
            write(generations.below(lock_path(SITE_FILE)), generation.origin.lock_text, 0o644)
    return number
