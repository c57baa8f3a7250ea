"""How a site is, as it was found and as it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulp_quadlet.model.host_state import ContainerState, UnitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """The processes of one container, as the kernel tells of them."""

    count: int
    stopped: int = 0
    """How many of them were stopped by a signal, such as SIGSTOP, and not continued."""
    frozen: bool = False
    """Whether their control group is frozen, as `podman pause` and `systemctl freeze` do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the web server answered to one request, over the address where its users reach it."""

    path: str
    status: int = 0
    """The status of HTTP; 0 where there was no answer."""
    error: str = ""
    """Why there was none."""

    @property
    def well(self) -> bool:
        """Whether a user would get what he asked for."""
        return 200 <= self.status < 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A file system that holds something of the site, once, however many of its folders lie there."""

    paths: tuple[str, ...]
    size: int = 0
    """Bytes."""
    free: int = 0
    """Bytes that a user who is not root may still write."""
    error: str = ""
    """Why it does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The certificate that the web server shows."""

    address: str
    expires: float = 0.0
    """Seconds since 1970."""
    error: str = ""
    """Why it shows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """The length of Pulp's queue, which all hosts of a site share."""

    waiting: int
    running: int
    counted: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The last apply, rollback or try."""

    generation: str
    """The generation that runs now."""
    time: float
    """When it was done, in seconds since 1970."""
    result: Literal["done", "failed", "running"] = "done"
    """Failed means that it went back to the generation before. Running also means that it was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelinuxFound:
    """SELinux of the host."""

    state: Literal["off", "permissive", "enforcing"]
    modules: tuple[str, ...] = ()
    """Those of ours that are loaded, of all sites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What systemd, Podman, the kernel, the web server and Pulp itself say."""

    units: Mapping[str, UnitState] = field(default_factory=dict)
    containers: Mapping[str, ContainerState] = field(default_factory=dict)
    podman_error: str = ""
    """Why Podman does not answer."""
    processes: Mapping[str, Processes] = field(default_factory=dict)
    """By the service's name; none where the kernel does not tell."""
    status: Mapping[str, Any] | None = None
    """Pulp's own status page, when it answers."""
    status_error: str = ""
    """Why it does not answer."""
    heartbeats: Mapping[str, float] = field(default_factory=dict)
    """When services had their last heartbeat, as their own health checks told, in seconds since 1970: the status page
    no longer lists a process that is late."""
    pages: tuple[Page, ...] = ()
    disks: tuple[Disk, ...] = ()
    certificate: Certificate | None = None
    """None where the site speaks no TLS, or its web server does not run."""
    tasks: Tasks | None = None
    """None where no worker of this host has told yet."""
    applied: Applied | None = None
    selinux: SelinuxFound | None = None
    """None where it was not looked at."""
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
    role: str = ""
    restarts: int = 0
    """How often systemd started it again by itself, since it was started on purpose."""
    heartbeat: float | None = None
    """The age of the heartbeat, in seconds; None for a service that has none."""
    since: float = 0.0
    """When its container was made, in seconds since 1970; 0 where there is none."""

    @property
    def complaint(self) -> str:
        """Who is not well, and why. A reason tells what the service does, or what each witness says of it."""
        does = self.why.startswith(("is ", "has ", "answers ", "does not "))
        return f"{self.service}{'' if does else ':'} {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is not a service: a disk or the certificate that leaves too little room, and how SELinux is."""

    about: Literal["disk", "certificate", "selinux"]
    level: Literal["info", "warning", "sick"]
    """A warning leaves the site healthy; an info is no reason to do anything."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole site in one sentence, a row for each service, and a note for each margin that is small."""

    healthy: bool
    sentence: str
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    tasks: Tasks | None = None
    applied: Applied | None = None
