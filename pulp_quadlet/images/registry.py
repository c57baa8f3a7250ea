"""Ready-made images, from a registry or from a file of this host."""

from __future__ import annotations

from pulp_quadlet.config.tables import Site
from pulp_quadlet.model.deployment import Image, PulledImage
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target


def images(site: Site, _target: Target, _lock: Lock | None) -> tuple[Image, ...]:
    """What `[image]` names for each role."""
    table = site.image
    named = {"pulp": table.pulp, "postgres": table.postgres, "cache": table.cache, "web": table.web}
    return tuple(
        PulledImage(reference=reference, role=role, archive=table.archive, origin=("image", role))
        for role, reference in named.items()
    )


def of_single_roles(site: Site, main: Image) -> tuple[PulledImage, ...]:
    """Images that one role of Pulp has alone."""
    table = site.image
    named = {"api": table.api, "content": table.content, "worker": table.worker}
    return tuple(
        PulledImage(reference=reference, role=role, archive=table.archive, main=main.reference, origin=("image", role))
        for role, reference in named.items()
        if reference is not None
    )
