"""The SELinux policy of a site: what is loaded, and where its labels belong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyModule:
    """A policy module in CIL. SELinux knows it by its name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one site adds to the policy of its host."""

    modules: tuple[PolicyModule, ...]
    """The one that all sites of a host share comes first."""
    roots: tuple[str, ...]
    """Paths of the host that carry labels of these modules, with all below them."""


BASE = "pulp_quadlet"
"""The module that all sites of a host share."""


def module_of(site: str) -> str:
    """The name of a site's own module. Names of sites have no `_`, so that two sites never share one."""
    return f"{BASE}_{site.replace('-', '_')}"
