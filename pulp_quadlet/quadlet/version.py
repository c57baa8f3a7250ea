"""Which Podman a unit is written for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

# What follows the numbers is a distribution's or a developer's mark: "5.8.0-dev", "4.9.3+ds1", "5.4.2~rc1".
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+~][0-9A-Za-z.+~-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class PodmanVersion:
    """A version of Podman; a mark after the numbers (`-dev`, `+ds1`) is read and forgotten."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `podman version` or `quadlet -version` prints; ValueError names the text otherwise."""
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"not a version of Podman: {text!r}")
        major, minor, patch = found.groups(default="0")
        return cls(int(major), int(minor), int(patch))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


OLDEST: Final = PodmanVersion(4, 9)
"""The oldest Podman that units are written for."""

NEWEST_TRIED: Final = PodmanVersion(5, 8, 6)

SUPPORTED: Final = (
    "Podman 4.9 and later. Quoting and keys are tried against the generators of 5.4.2 and 5.8.6; what is said of 4.9 "
    "is read from its sources and documentation, because no program of that version could be run."
)

STRIPS_QUOTES: Final = PodmanVersion(5, 0)
"""From here on a scalar value loses every double quote at its two ends (podman#28409)."""

STRIPS_ONE_PAIR: Final = PodmanVersion(5, 8, 2)
"""From here on a scalar value loses one double quote at each end, and only when both are there (podman#28409)."""
