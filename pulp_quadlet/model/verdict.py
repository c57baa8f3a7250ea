"""How a site is, as it was found and as it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulp_quadlet.model.host_state import ContainerState, UnitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What systemd, Podman and Pulp itself say."""

    units: Mapping[str, UnitState] = field(default_factory=dict)
    containers: Mapping[str, ContainerState] = field(default_factory=dict)
    status: Mapping[str, Any] | None = None
    """Pulp's own status page, when it answers."""
    status_error: str = ""
    """Why it does not answer."""
    now: float = 0.0
    """Seconds since 1970, at which this was observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One service: what systemd says, what Podman says, what Pulp says, and whether that is well."""

    service: str
    systemd: str
    podman: str
    pulp: str
    well: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole site in one sentence, and a row for each service."""

    healthy: bool
    sentence: str
    rows: tuple[Row, ...]
