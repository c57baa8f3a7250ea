"""What every service may ask while it describes itself, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulp_quadlet.config.tables import ROLES, HostTable, Role, Site
from pulp_quadlet.model.deployment import Directory, Secret, SecretKind, Socket, TextFile
from pulp_quadlet.model.service import Mount, Owner, Service, SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import home

if TYPE_CHECKING:
    from pulp_quadlet.schema.table import SecretReference

PULP = Owner(uid=700, gid=700)  # as in Pulp's own images
POSTGRES = Owner(uid=999, gid=999)  # as in the official image, which will not start as a user it does not know
CACHE = Owner(uid=702, gid=702)
WEB = Owner(uid=701, gid=701)

GENERATIONS = "/etc/pulp-quadlet"
API_PORT = 24817
CONTENT_PORT = 24816


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one file of `services/` adds to the deployment."""

    services: tuple[Service, ...] = ()
    sockets: tuple[Socket, ...] = ()
    directories: tuple[Directory, ...] = ()
    secrets: tuple[Secret, ...] = ()
    configs: tuple[TextFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The site as seen from one host."""

    site: Site
    target: Target
    images: dict[str, str] = field(default_factory=dict)
    """Image references by role."""

    @property
    def prefix(self) -> str:
        """The name of the site, which begins the name of all that belongs to it."""
        return self.site.site.name

    @property
    def here(self) -> HostTable | None:
        """This host's table, when the site has several hosts."""
        return self.site.hosts[self.target.host] if self.target.host else None

    @property
    def roles(self) -> tuple[Role, ...]:
        """What runs on this host."""
        return self.here.roles if self.here else ROLES

    def has(self, role: Role) -> bool:
        """Whether this host runs the role in a container."""
        if role == "database" and self.site.database.host is not None:
            return False
        return role in self.roles

    def others(self, role: Role) -> tuple[HostTable, ...]:
        """The other hosts of the site that have the role."""
        return tuple(h for name, h in self.site.hosts.items() if name != self.target.host and role in h.roles)

    @property
    def confined(self) -> bool:
        """Whether SELinux keeps the containers of this host to what they need."""
        return self.target.selinux is not None and self.site.selinux.mode != "off"

    def name(self, service: str) -> str:
        """`pulp-api-1`, also the name of the unit and of the container."""
        return f"{self.prefix}-{service}"

    def host_name(self, service: str) -> str:
        """The name by which Pulp knows a process: unique over all hosts, or one would delete another's files."""
        return f"{self.target.host}-{self.name(service)}" if self.target.host else self.name(service)

    def image(self, role: str) -> str:
        """The image of a role of Pulp: its own, or the one for all."""
        return self.images.get(role, self.images["pulp"])

    def is_foreign(self, role: str) -> bool:
        """Whether the image of a role of Pulp was made elsewhere."""
        return self.site.image.source != "build" or role in self.images

    def python(self, role: str, program: str) -> tuple[str, ...]:
        """A program with the Python that has Pulp, which in images from elsewhere may be another than `python3`."""
        if self.is_foreign(role):
            return ("sh", self.config("pulp/python.sh"), self.config(program))
        return ("python3", self.config(program))

    @property
    def front(self) -> str:
        """The folder of the sockets behind nginx, which alone can enter it.

        Whoever else could would choose the headers that tell Pulp who a user is. Sockets cannot have the owner
        themselves: `SocketUser=` takes no number that the host has no name for.
        """
        return f"/run/pulp-quadlet/{self.prefix}/front"

    @property
    def private(self) -> str:
        """The folder of the replicas' private sockets, for health checks."""
        return f"/run/pulp-quadlet/{self.prefix}/health"

    @property
    def state(self) -> str:
        """The folder of this site's data on the host, where the site file names no other."""
        return f"/var/lib/pulp-quadlet/{self.prefix}"

    @property
    def generations(self) -> Mount:
        """The generations of the site, as every container sees them.

        All of them, since a container that runs on has to see a later one too: its process is told to reload, and its
        health check is another program, when `current` leads elsewhere. Nothing in them is secret.
        """
        return Mount(source=home(self.prefix), target=GENERATIONS, holds="conf")

    @staticmethod
    def config(file: str) -> str:
        """A file of rendered configuration, by its path inside of a container."""
        return f"{GENERATIONS}/current/config/{file}"

    def secret(
        self,
        purpose: str,
        reference: SecretReference | None,
        origin: SitePath,
        kind: SecretKind | None = None,
        subject: str = "",
    ) -> Secret:
        """The Podman secret for a purpose: the one that the site file names, or one of our own."""
        if reference is None:
            return Secret(name=self.name(purpose), kind=kind, subject=subject, origin=origin)
        if reference.secret is not None:
            return Secret(name=reference.secret, origin=origin)
        return Secret(name=self.name(purpose), file=reference.file, origin=origin)
