"""What Podman's generator and systemd made of the rendered units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The generated services, and all that was said about them."""

    services: Mapping[str, str]
    """Texts of generated services by their names."""
    messages: tuple[tuple[str, str], ...]
    """Errors and warnings of Podman's generator: file and sentence."""
    verified: tuple[str, ...]
    """Errors of `systemd-analyze verify`."""
