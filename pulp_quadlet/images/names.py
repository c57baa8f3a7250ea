"""Names of images that are built on this host."""

from __future__ import annotations

from pulp_quadlet.model.deployment import BuiltImage

OURS = "localhost/pulp-quadlet/"
"""What all of them begin with."""
_KEPT = f"{OURS}kept/"


def kept_name(image: BuiltImage) -> str:
    """A second name, which keeps the layers of an image when its own is taken away; what has it was found to do."""
    return _KEPT + image.reference.removeprefix(OURS)
