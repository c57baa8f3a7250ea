"""Why a build has failed, by what it said, in the words of who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable

from pulp_quadlet.errors import Problem
from pulp_quadlet.images.judged import inspection_in, judge
from pulp_quadlet.model.deployment import BuiltImage

_KEPT_LINES = 20
_Reason = Callable[[re.Match[str]], tuple[str, str, tuple[str, ...]]]
"""Code, clause and help."""


def failed(image: BuiltImage, lines: tuple[str, ...]) -> tuple[Problem, ...]:
    """The problems behind a build that has failed, by all that it said."""
    found = inspection_in(lines)
    if found and (problems := judge(image.reference, found)):
        return problems
    text = "\n".join(lines)
    notes = tuple(line for line in lines if line.strip())[-_KEPT_LINES:]
    for pattern, reason in _REASONS:
        match = re.search(pattern, text)
        if match:
            code, clause, help_ = reason(match)
            return (Problem(code=code, message=f"{_what(image)}: {clause}", notes=notes, help=help_),)
    return (Problem(code="build-failed", message=_what(image), notes=notes),)


def _what(image: BuiltImage) -> str:
    return f"the image {image.reference} could not be built"


_REASONS: tuple[tuple[str, _Reason], ...] = (
    (
        r"(?i)no space left on device",
        lambda _: ("disk-full", "the disk is full", ("`podman system df` shows what images take",)),
    ),
    (
        r"the base image has no apt-get",
        lambda _: (
            "base-not-debian",
            "its base image is neither Debian nor Ubuntu",
            ("set `base` in `[image]` to such an image",),
        ),
    ),
    (
        r"DO NOT MATCH THE HASHES",
        lambda _: (
            "wrong-hash",
            "a wheel in /var/lib/pulp-quadlet/.wheels is not the file that was locked",
            ("remove it there: it is fetched anew",),
        ),
    ),
    (
        r"No matching distribution found for (\S+)",
        lambda match: (
            "wheel-missing",
            f"there is no wheel of {match[1]} for its Python",
            ("`pulp-quadlet plugin upgrade` locks the packages anew, for the base image as it is now",),
        ),
    ),
    (
        r"E: Unable to locate package (\S+)",
        lambda match: (
            "package-missing",
            f"its base image has no package `{match[1]}`",
            ("set `base` in `[image]` to Debian 12 or Ubuntu 24.04, or newer",),
        ),
    ),
    (
        r"(?:Temporary failure resolving|Could not resolve|Could not connect to|Failed to fetch|Connection failed)",
        lambda _: (
            "mirror-unreachable",
            "the packages of its base image cannot be fetched",
            ("look whether this host reaches the mirrors that are named in the lines above",),
        ),
    ),
    (
        r"(?:initializing source|creating build container:|pinging container registry)",
        lambda _: (
            "base-unreachable",
            "its base image cannot be pulled",
            ("`podman pull` it, or load it with `podman load`",),
        ),
    ),
)
