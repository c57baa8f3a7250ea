"""Why a build has failed, by what it said, in the words of who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable

from pulp_quadlet.errors import Problem
from pulp_quadlet.images.judged import inspection_in, judge
from pulp_quadlet.model.deployment import BuiltImage, PulledImage

_KEPT_LINES = 20
_LONGEST = 200  # of a line that is shown: a step that installs packages names each of them
_Reason = Callable[[re.Match[str]], tuple[str, str, tuple[str, ...]]]
"""Code, clause and help."""


def failed(image: BuiltImage, lines: tuple[str, ...]) -> tuple[Problem, ...]:
    """The problems behind a build that has failed, by all that it said."""
    found = inspection_in(lines)
    if found and (problems := judge(image.reference, found)):
        return problems
    text = "\n".join(lines)
    notes = _last(lines)
    for pattern, reason in _REASONS:
        match = re.search(pattern, text)
        if match:
            code, clause, help_ = reason(match)
            return (Problem(code=code, message=f"{_what(image)}: {clause}", notes=notes, help=help_),)
    return (Problem(code="build-failed", message=_what(image), notes=notes),)


def not_pulled(image: PulledImage, lines: tuple[str, ...]) -> Problem:
    """Why an image could not be pulled or loaded."""
    notes = _last(lines)
    full = re.search(r"(?i)no space left on device", "\n".join(lines))
    if image.archive:
        todo = f"`podman load --input {image.archive}` tells whether the file is whole"
    else:
        todo = f"`podman pull {image.reference}` tries it again; `podman login` is for a registry that wants a login"
    return Problem(
        code="disk-full" if full else "image-unreachable",
        message=f"the image {image.reference} could not be {'loaded' if image.archive else 'pulled'}"
        + (": the disk is full" if full else f" from {image.archive}" if image.archive else ""),
        notes=notes,
        help=("`podman system df` shows what images take",) if full else (todo,),
    )


def not_in_archive(image: PulledImage, there: tuple[str, ...]) -> Problem:
    """A file that has other images than the one that the site file names."""
    listed = ", ".join(f"`{name}`" for name in there) or "no image with a name"
    return Problem(
        code="not-in-archive",
        message=f"{image.archive} has no image {image.reference}",
        notes=(f"it has {listed}",),
        help=(f"set `{image.role}` in `[image]` to one of these",),
    )


def other_pulp(image: PulledImage, found: tuple[str, ...]) -> Problem:
    """An image for one role whose Pulp is not that of the others."""
    return Problem(
        code="image-differs",
        message=f"the image {image.reference} has another Pulp than {image.main}, which the other roles run",
        notes=found,
        help=(f"give `{image.role}` in `[image]` an image with the same versions, or leave it out",),
    )


def shown(line: str) -> str:
    """A line of Podman, short enough to be read: it begins with the step and ends with the reason."""
    half = _LONGEST // 2
    return line if len(line) <= _LONGEST else f"{line[:half]} … {line[-half:]}"


def _last(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(shown(line) for line in lines if line.strip())[-_KEPT_LINES:]


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
        # apt goes on without the lists that it could not fetch, and then knows no package
        r"(?:Temporary failure resolving|Could not resolve|Could not connect to|Failed to fetch|Connection failed)",
        lambda _: (
            "mirror-unreachable",
            "the packages of its base image cannot be fetched",
            ("look whether this host reaches the mirrors that are named in the lines above",),
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
        r"(?:initializing source|creating build container:|pinging container registry)",
        lambda _: (
            "base-unreachable",
            "its base image cannot be pulled",
            ("`podman pull` it, or load it with `podman load`",),
        ),
    ),
)
