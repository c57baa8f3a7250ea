"""What outlives the processes of a machine of paper: systemd, Podman and PostgreSQL as dictionaries."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, fields
from typing import Self

from pulp_quadlet.model.generation import Generation, nothing
from pulp_quadlet.model.host_state import ContainerState

SITE = "pulp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What runs, and what it read."""

    state: ContainerState
    config: str
    """The digest of the configuration that it read last."""
    secrets: tuple[tuple[str, bytes], ...]


@dataclass(slots=True, kw_only=True)
class World:
    """All that outlives a process, but for the files."""

    units: dict[str, str] = field(default_factory=dict)
    """Those that systemd knows to be up, with the mark `active`."""
    containers: dict[str, Container] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """Files of secrets."""
    directories: dict[str, bool] = field(default_factory=dict)
    dumps: dict[str, str] = field(default_factory=dict)
    database: str = "empty"
    policies: dict[str, str] | None = None
    """Modules of SELinux; None on a host without it."""
    labels: dict[str, str] = field(default_factory=dict)
    """Of each path of the site, and of what is below it, by the path with `/*`."""
    clock: float = 1000.0
    loaded: Generation = field(default_factory=lambda: nothing(SITE))
    """What systemd read at its last reload."""
    jobs: list[tuple[str, str, bool]] = field(default_factory=list)
    """What systemd was asked for and has not done: a verb, a unit, and whether it alone."""

    def twin(self) -> Self:
        """Another one, which goes its own way."""
        other: Self = copy(self)
        for each in fields(self):
            setattr(other, each.name, copy(getattr(self, each.name)))  # the values in them are frozen
        return other
