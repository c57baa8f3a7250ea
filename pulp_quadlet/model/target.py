"""What the compiler has to know of the machine that it compiles for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pulp_quadlet.quadlet.version import PodmanVersion

Flavour = Literal["refpolicy", "fedora"]
"""Whose names a host's SELinux policy uses: those of the reference policy, as Debian does, or those of Fedora."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortLabel:
    """TCP ports that have a type of their own in the host's policy."""

    first: int
    last: int
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelinuxTarget:
    """The SELinux of a host, as far as a policy for it depends on it."""

    flavour: Flavour
    policy: str
    """The name of its policy, `SELINUXTYPE` of selinux_config(5): `default`, `targeted`."""
    enforcing: bool = True
    ports: tuple[PortLabel, ...] = ()
    """The exact TCP port contexts of the host's policy that matter to a site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The facts of a host that decide what is generated; given by hand where the host is not at hand."""

    podman: PodmanVersion
    ca_bundle: str | None = None
    """The file with the certificate authorities that the host trusts."""
    host: str | None = None
    """Which of the site's hosts this is, when the site file names several."""
    selinux: SelinuxTarget | None = None
    """None where the host has no SELinux: then nothing of it is generated."""
