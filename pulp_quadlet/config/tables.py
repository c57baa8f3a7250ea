"""The tables of the site file, as types. Every key but `[site] url` has a default.

Field descriptions are what `pulp-quadlet schema` and site.toml(5) print.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from pulp_quadlet.config.image_tables import DEFAULT_PLUGINS, ImageTable, Plugin
from pulp_quadlet.schema.table import SecretReference, Table
from pulp_quadlet.schema.words import (
    AbsolutePath,
    Address,
    Host,
    Memory,
    Name,
    Origin,
    PluginName,
    PostgresName,
    SettingName,
)
from pulp_quadlet.storage import StorageTable
from pulp_quadlet.storage.filesystem import Filesystem

Port = Annotated[int, Field(ge=1, le=65535)]
Replicas = Annotated[int, Field(ge=1, le=32)]
Seconds = Annotated[int, Field(ge=1, le=86400)]
_List = Field(strict=False)  # TOML has arrays, the frozen tables have tuples
Role = Literal["database", "api", "content", "worker", "web"]

ServiceRole = Literal["database", "cache", "migrate", "routes", "api", "content", "worker", "web"]

ROLES: tuple[Role, ...] = ("database", "api", "content", "worker", "web")


class SiteTable(Table):
    """What this Pulp is called and where its users find it."""

    name: Name = "pulp"
    """Prefix of every unit, container and secret of this site."""
    url: Origin
    """The address that users type. Its scheme and port are the defaults of `[web]`."""
    engine: Literal["podman"] = "podman"
    """What runs the containers."""


class TrustTable(Table):
    """Whom Pulp and the image builds trust on TLS connections that they make."""

    ca: Literal["host", "image"] | AbsolutePath = "host"
    """`host`: the certificate authorities that this host trusts; `image`: those of the image; or a bundle's path."""


class ApiTable(Table):
    """The REST API (gunicorn)."""

    replicas: Replicas = 2
    """Containers that accept from one socket; with two, a restart loses no request."""
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Gunicorn workers of each replica."""
    timeout: Annotated[int, Field(ge=10, le=3600)] = 60
    """Seconds after which a request is given up. The proxy waits longer, and the heartbeat limit is twice this."""
    memory: Memory | None = None
    """Memory limit of each replica."""


class ContentTable(Table):
    """The content server (aiohttp)."""

    replicas: Replicas = 2
    """Containers that accept from one socket; with two, a restart loses no request."""
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes of each replica."""
    memory: Memory | None = None
    """Memory limit of each replica."""


class WorkersTable(Table):
    """The task workers."""

    count: Annotated[int, Field(ge=1, le=128)] = 2
    """How many tasks run at the same time on one host."""
    memory: Memory | None = None
    """Memory limit of each worker."""
    drain: Seconds = 600
    """Seconds that a stopping worker may go on with its task before it is killed."""


class DatabaseTable(Table):
    """PostgreSQL: in a container of this site, or elsewhere when `host` is given."""

    host: Host | None = None
    """An existing PostgreSQL server, version 14 or newer."""
    port: Port = 5432
    """Its port, or the port that other hosts of this site use."""
    name: PostgresName = "pulp"
    """The database."""
    user: PostgresName = "pulp"
    """The role that owns the database."""
    password: SecretReference | None = None
    """Its password; made up and kept as a Podman secret when the database is in a container."""
    sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] | None = None
    """How TLS is used towards `host`; `prefer` when it is not given."""
    path: AbsolutePath | None = None
    """Where the database keeps its files on the host."""


class CacheTable(Table):
    """Valkey or Redis, which caches what the content server looks up."""

    mode: Literal["embedded", "external", "off"] = "embedded"
    """In a container of this site, elsewhere, or none."""
    host: Host | None = None
    """The server when `mode` is `external`."""
    port: Port = 6379
    """Its port."""
    password: SecretReference | None = None
    """Its password, if it wants one."""
    memory: Memory = "256M"
    """How much the embedded cache may hold."""


class CertificateTable(Table):
    """A certificate from elsewhere."""

    certificate: SecretReference
    """The PEM file with the certificate and its chain."""
    key: SecretReference
    """The PEM file with the private key, without a passphrase."""


class WebTable(Table):
    """nginx in front: the only thing that other machines reach."""

    http: Port | None = None
    """Port of plain HTTP; that of `[site] url` if its scheme is http and neither port is given here."""
    https: Port | None = None
    """Port of HTTPS; that of `[site] url` if its scheme is https and neither port is given here."""
    addresses: Annotated[tuple[Address, ...], Field(strict=False, min_length=1)] = ("0.0.0.0", "::")  # noqa: S104  # a server for other machines listens on all
    """The addresses of this host to listen on."""
    tls: Literal["self-signed"] | CertificateTable = "self-signed"
    """Where the certificate comes from: made by this host, or given."""


class SecretsTable(Table):
    """Keys of Pulp. What is not given is made up at the first apply and kept as a Podman secret."""

    secret_key: SecretReference | None = None
    """Django's SECRET_KEY."""
    fields_key: SecretReference | None = None
    """The key that encrypts fields of the database: without it a restored database cannot be read."""
    admin_password: SecretReference | None = None
    """The password that `admin` has at first."""
    token_private_key: SecretReference | None = None
    """The elliptic-curve key (P-256, PEM) that signs the tokens of a container registry."""


class SelinuxTable(Table):
    """SELinux: each service is kept to the folders, sockets and ports that this file gives it."""

    mode: Literal["auto", "enforcing", "permissive", "off"] = "auto"
    """`auto`: as the host has it; `enforcing`: fail where it does not; `permissive`: log only; `off`: nothing."""
    permissive: Annotated[tuple[ServiceRole, ...], _List] = ()
    """Services that may do what is forbidden to them, so that it is found in the log. For a while, not for good."""
    remote_ports: Annotated[tuple[Port, ...], _List] = ()
    """More TCP ports that Pulp may fetch from, besides those of HTTP and HTTPS."""
    on_demand: bool = True
    """Whether the content server may fetch what was synced with the policy `on_demand` or `streamed`."""
    pull_through: bool = False
    """Whether the API may fetch from remotes, as pull-through caches of some plugins do there."""


class HostTable(Table):
    """One of several hosts that share this site file."""

    address: Address
    """The IP address at which the other hosts reach this one."""
    roles: Annotated[tuple[Role, ...], Field(strict=False, min_length=1)] = ROLES
    """What runs there."""


class Site(Table):
    """The whole site file."""

    site: SiteTable
    image: ImageTable = ImageTable.model_construct()
    trust: TrustTable = TrustTable.model_construct()
    plugins: dict[PluginName, Plugin] = Field(default=DEFAULT_PLUGINS)
    """Packages of Pulp plugins, each with its version range or a table; without this, pulp-python and pulp-rpm."""
    api: ApiTable = ApiTable.model_construct()
    content: ContentTable = ContentTable.model_construct()
    workers: WorkersTable = WorkersTable.model_construct()
    database: DatabaseTable = DatabaseTable.model_construct()
    cache: CacheTable = CacheTable.model_construct()
    storage: StorageTable = Filesystem.model_construct()
    web: WebTable = WebTable.model_construct()
    secrets: SecretsTable = SecretsTable.model_construct()
    selinux: SelinuxTable = SelinuxTable.model_construct()
    settings: dict[SettingName, Any] = Field(default={})
    """More settings of Pulp, in capitals; a value may be a reference to a secret."""
    hosts: dict[Name, HostTable] = Field(default={})
    """The hosts, when there are several: each runs its own slice of the site."""

    @property
    def http_port(self) -> int | None:
        """The port of plain HTTP, if any."""
        if self.web.http or self.web.https:
            return self.web.http
        return self._url_port("http", 80)

    @property
    def https_port(self) -> int | None:
        """The port of HTTPS, if any."""
        if self.web.http or self.web.https:
            return self.web.https
        return self._url_port("https", 443)

    @property
    def scheme(self) -> str:
        """How users reach the site, which may be through a proxy that speaks TLS for it."""
        return urlsplit(self.site.url).scheme

    def _url_port(self, scheme: str, default: int) -> int | None:
        parts = urlsplit(self.site.url)
        return (parts.port or default) if parts.scheme == scheme else None
