"""What the compiler has to know of the machine that it compiles for."""

from __future__ import annotations

from dataclasses import dataclass

from pulp_quadlet.quadlet.version import PodmanVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The facts of a host that decide what is generated; given by hand where the host is not at hand."""

    podman: PodmanVersion
    ca_bundle: str | None = None
    """The file with the certificate authorities that the host trusts."""
    host: str | None = None
    """Which of the site's hosts this is, when the site file names several."""
