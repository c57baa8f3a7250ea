"""A whole site on one host: services, and what they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.policy import Policy
from pulp_quadlet.model.service import Owner, Service, SitePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """A listening socket that systemd holds, so that restarts of its services refuse no connection."""

    name: str
    description: str
    listen: tuple[str, ...]
    """Paths, or `address:port` with IPv6 addresses in brackets. Who may use a path, its folder's owner decides."""
    service: str
    """The service that a connection starts, if none is running."""
    secure: tuple[str, ...] = ()
    """Those of `listen` where TLS is spoken."""
    origin: SitePath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A folder of the host that must be there before the services start."""

    path: str
    owner: Owner
    mode: int
    origin: SitePath = ()


SecretKind = Literal[
    "password", "django-key", "fields-key", "self-signed-certificate", "token-private-key", "token-public-key"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A Podman secret by name, and where its bytes come from. The bytes are never here."""

    name: str
    kind: SecretKind | None = None
    """How it is made up when it is missing."""
    file: str | None = None
    """The file of the host that it is copied from."""
    subject: str = ""
    """What a made-up secret is for: the host name of a certificate, the other half of a key pair."""
    origin: SitePath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file by its path, which is relative to the folder that it belongs to."""

    path: str
    text: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """The Python packages of an image, and how pip gets them."""

    requirements: tuple[str, ...]
    """What is asked for; those that begin with a name of pulpcore or a plugin, in the order of their layers."""
    lock: Lock | None = None
    """What was found for that; without it the image cannot be built."""
    options: tuple[str, ...] = ()
    """Words for pip that tell where it looks."""
    mounts: tuple[tuple[str, str], ...] = ()
    """What pip may read of the host meanwhile: authorities to trust, a folder of wheels, checkouts. Source, target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image that Podman builds on this host. Its tag names the recipe, so that an older one stays usable."""

    reference: str
    role: str
    context: tuple[TextFile, ...]
    mounts: tuple[tuple[str, str], ...] = ()
    """Folders or files of the host that the build may read: source, target."""
    network: bool = True
    packages: Packages | None = None
    unknown: tuple[str, ...] = ()
    """Plugins in it of which it is not known what they need beyond Python packages."""
    tools: BuiltImage | None = None
    """The image with pip and compilers, in which packages are solved and made into wheels; no service runs it."""
    type: str | None = None
    """The SELinux type of what runs meanwhile; None where the host has none."""
    origin: SitePath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledImage:
    """An image that a registry has, or a file of this host."""

    reference: str
    role: str
    archive: str | None = None
    """The file that it is loaded from."""
    main: str | None = None
    """For an image that one role of Pulp has alone: that of the others, which must have the same versions."""
    type: str | None = None
    """The SELinux type with which it is looked at; None where the host has none."""
    origin: SitePath = ()


Image = BuiltImage | PulledImage

PULP = ("pulp", "api", "content", "worker")
"""Roles of images with Pulp in them; that of the first is for all that have none of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Everything that one host runs for one site. Services stand in the order in which they start."""

    site: str
    url: str
    digest: str
    """Of the site file's values, for the headers of generated files."""
    services: tuple[Service, ...]
    sockets: tuple[Socket, ...]
    directories: tuple[Directory, ...]
    secrets: tuple[Secret, ...]
    images: tuple[Image, ...]
    configs: tuple[TextFile, ...]
    """Configuration files, by paths such as `pulp/settings.py`."""
    plugins: tuple[str, ...] = ()
    """Packages of the plugins in Pulp's image; empty where nobody knows that, as of a ready-made one."""
    off: tuple[str, ...] = ()
    """Those that Pulp does not load."""
    policy: Policy | None = None
    """What SELinux has to be told of it; None where the host has none, or the site file leaves it off."""
