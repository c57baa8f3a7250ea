"""What was found on a host, judged by what runs there, not by what was generated last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """A unit as systemd sees it, in systemd's own words."""

    load: str = "not-found"
    active: str = "inactive"
    sub: str = "dead"
    result: str = ""
    needs_reload: bool = False
    restarts: int = 0
    """How often systemd started it again by itself, since it was started on purpose (`NRestarts`)."""
    main_pid: int = 0
    """Of a service that runs, its main process."""

    @property
    def runs(self) -> bool:
        """Whether it is up, or on its way."""
        return self.active in {"active", "activating", "reloading"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerState:
    """A container that exists, as Podman sees it."""

    image: str
    """The id of the image that it runs."""
    digest: str = ""
    """The digest of the unit that it was started from, by its label."""
    config: str = ""
    """The digest of the configuration that it read when it started, by its label."""
    id: str = ""
    created: float = 0.0
    """Seconds since 1970."""
    health: str = ""
    health_output: str = ""
    """What the last health check said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretState:
    """A Podman secret that exists."""

    updated: float
    """Seconds since 1970."""
    stale: bool = False
    """Whether the file that it was copied from holds something else by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """Everything that a plan depends on."""

    generation: int = 0
    """The generation that is current; 0 on a host without the site."""
    good: int = 0
    """The generation that was committed last; another one than the current where an apply was interrupted."""
    altered: frozenset[str] = frozenset()
    """Files of the current generation that are not what was written there."""
    altered_at: Mapping[str, float] = field(default_factory=dict)
    """When those that are still there became so, at the latest; seconds since 1970."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """For each unit of the current generation, by the name of its file: its digest, as containers bear it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The files of the generation that is applied, by relative path."""
    links: Mapping[str, str | None] = field(default_factory=dict)
    """What stands where a link should be: the link's text, or None for something that is no link."""
    images: Mapping[str, str] = field(default_factory=dict)
    """Ids of images by their references."""
    unseen: frozenset[str] = frozenset()
    """Images that are there and not ready: from elsewhere and not looked at yet, or built here and without a name."""
    secrets: Mapping[str, SecretState] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Secrets whose file cannot be read, and why."""
    containers: Mapping[str, ContainerState] = field(default_factory=dict)
    units: Mapping[str, UnitState] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)
    """For services that run once: with what they ran last, as `plan.run_mark` tells it."""
    directories: frozenset[str] = frozenset()
    """Those of the wanted folders that exist with the right owner and mode."""

    policies: Mapping[str, str] | None = None
    """The SELinux modules of ours that are loaded, of all sites, with their texts; None where SELinux is off."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """For each path of the site with a label of its own, if it is there: the type that it carries."""
    confined: bool = False
    """Whether what changes this host is itself confined by our shared module, which can then not be removed."""

    def read_altered(self, path: str, container: ContainerState) -> bool:
        """Whether a file was altered by hand before the container was made, which has read it so."""
        return path in self.altered_at and self.altered_at[path] <= container.created

    def unit(self, name: str) -> UnitState:
        """The state of a unit, also of one that systemd has never heard of."""
        return self.units.get(name, UnitState())
