"""Names that images get on this host, besides those that the site file knows."""

from __future__ import annotations

import hashlib

from pulp_quadlet.model.deployment import BuiltImage

OURS = "localhost/pulp-quadlet/"
"""What all of them begin with."""
_KEPT = f"{OURS}kept/"
_PULLED = f"{OURS}pulled:"
_FIT = f"{OURS}fit:"


def kept_name(image: BuiltImage) -> str:
    """A second name, which keeps the layers of an image when its own is taken away; what has it was found to do."""
    return kept_beside(image.reference)


def kept_beside(reference: str) -> str:
    """The same, by the image's own name; empty for one that was not built here."""
    if not reference.startswith(OURS) or reference.startswith((_KEPT, _PULLED, _FIT)):
        return ""
    return _KEPT + reference.removeprefix(OURS)


def pulled_name(identity: str) -> str:
    """What is written on an image that we have pulled or loaded: another one is not ours to remove."""
    return _PULLED + _short(identity)


def fit_name(identity: str, main: str = "") -> str:
    """What is written on an image from elsewhere that was looked at; beside the image of the other roles, if it is for
    one role alone.
    """
    return _FIT + _short(identity) + (f"-{_short(main)}" if main else "")


def _short(identity: str) -> str:
    return hashlib.sha256(identity.removeprefix("sha256:").encode()).hexdigest()[:16]
