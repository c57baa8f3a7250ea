"""One service of the site: what it runs and everything that it needs, said once.

The container unit, its systemd settings and the SELinux rules are all derived from this value, so that a mount
without its rule, or a socket without its unit, cannot be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SitePath = tuple[str | int, ...]
"""The path of a key in the site file, such as `("workers", "memory")`."""

Role = Literal["database", "cache", "migrate", "routes", "api", "content", "worker", "web"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user and group by number: names differ between host and images, numbers do not."""

    uid: int
    gid: int

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder or file of the host, seen inside the container."""

    source: str
    target: str
    writable: bool = False
    data: bool = False
    """Whether this is the site's own data, which must be mounted before the service starts."""
    holds: str = ""
    """What is in it, in one word: SELinux knows the site's folders by it. Empty for what is the system's own."""
    origin: SitePath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """A Podman secret, seen by one service as a file below /run/secrets."""

    secret: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How Podman finds out whether the service serves. The command holds no quotes: versions differ about them."""

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 10
    retries: int = 3
    start_interval: int = 1
    start_limit: int = 900
    """Seconds after which a start counts as failed. One that ends is tried again at once; this is for one that hangs,
    on a host where all of Pulp starts at a time, on a processor that is shared or emulated.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPort:
    """A port of the container that other hosts of the site reach."""

    address: str
    port: int
    origin: SitePath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A TCP port, of whatever host, that the service connects to."""

    port: int
    what: str
    """Whose it is, in one word: database, cache, storage, remote..."""
    origin: SitePath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """The labels by which SELinux knows a container."""

    type: str = ""
    """Of its processes. Empty where SELinux is told to leave it alone."""
    file_type: str = ""
    """Of its root file system, its folders in memory and its secrets."""
    level: str = "s0"
    """One for all: a random one, as Podman gives, would keep two services from reading a folder that they share."""

    @property
    def options(self) -> tuple[str, ...]:
        """As Podman is told: what stands behind `--security-opt label=`."""
        if not self.type:
            return ("disable",)
        return (f"type:{self.type}", f"filetype:{self.file_type}", f"level:{self.level}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A container that systemd keeps running, or runs once at each start."""

    name: str
    role: Role
    description: str
    image: str
    command: tuple[str, ...]
    owner: Owner
    alone: bool = False
    """Whether the command runs instead of what the image begins with (ENTRYPOINT), without the image's volumes."""
    hostname: str = ""
    """By it Pulp tells processes apart, over all hosts; the service's name when it is empty."""
    once: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    secrets: tuple[SecretUse, ...] = ()
    scratch: tuple[str, ...] = ()
    """Folders in memory that the service may write to."""
    sockets: tuple[str, ...] = ()
    """Sockets of systemd that the service accepts from, in the order of their file descriptors."""
    published: tuple[PublishedPort, ...] = ()
    listens: tuple[int, ...] = ()
    """TCP ports that its own process opens, as the container sees them."""
    peers: tuple[Peer, ...] = ()
    """TCP ports that it connects to, and no others."""
    health: Health | None = None
    ttl: int | None = None
    """Seconds after which Pulp no longer counts on a process that has not told its database of itself. A third of it
    lies between one time and the next. None where the site leaves it to Pulp, or where there is no such thing.
    """
    requires: tuple[str, ...] = ()
    """Services that are started before this one, and that take it with them when they are stopped or restarted. When
    one of them fails, this one fails too, and both are tried again.
    """
    done_before: tuple[str, ...] = ()
    """Those of them that run once, and without whose success this one must not start."""
    wants: tuple[str, ...] = ()
    """Services that are started before this one, which goes on without them."""
    follows: tuple[str, ...] = ()
    """Services whose restart makes this one restart too."""
    stop_signal: str | None = None
    stop_timeout: int = 30
    start_timeout: int = 300
    shared_memory: str | None = None
    memory: str | None = None
    origins: tuple[tuple[str, SitePath], ...] = ()
    """For a field, the key of the site file that set it; `""` stands for the service as a whole."""
    configs: tuple[str, ...] = ()
    """Files of rendered configuration that its process reads when it starts, by paths such as `pulp/settings.py`."""
    reload: tuple[str, ...] = ()
    """The command, inside of the container, that makes the running process read them again and waits until it has.
    Without one, a change in them restarts the service."""

    confinement: Confinement | None = None
    """None where the host has no SELinux."""

    def origin(self, name: str) -> SitePath:
        """The key of the site file behind a field, or behind the whole service."""
        origins = dict(self.origins)
        return origins.get(name, origins.get("", ()))
