"""To which TCP ports the processes of Pulp connect: SELinux lets them reach these and no others."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pulp_quadlet.model.service import Peer
from pulp_quadlet.services import cache as caching
from pulp_quadlet.services import postgres
from pulp_quadlet.services.context import Context

_HTTP = (80, 443)


def database(context: Context) -> tuple[Peer, ...]:
    """PostgreSQL, wherever it is."""
    key = "port" if context.site.database.host else ""
    return (Peer(port=postgres.address(context)[1], what="database", origin=("database", *([key] if key else []))),)


def cache(context: Context) -> tuple[Peer, ...]:
    """Valkey or Redis, if there is one."""
    address = caching.address(context)
    return (Peer(port=address[1], what="cache", origin=("cache",)),) if address else ()


def storage(context: Context) -> tuple[Peer, ...]:
    """The object store, if artifacts are in one."""
    table = context.site.storage
    if table.backend == "filesystem":
        return ()
    endpoint = getattr(table, "endpoint", None)
    parts = urlsplit(endpoint or "https://")
    port = parts.port or (80 if parts.scheme == "http" else 443)
    return (Peer(port=port, what="storage", origin=("storage", *(["endpoint"] if endpoint else []))),)


def remotes(context: Context, role: Literal["api", "content", "worker"]) -> tuple[Peer, ...]:
    """What Pulp fetches from: workers while they sync, the others only what is fetched on demand."""
    table = context.site.selinux
    if (role == "content" and not table.on_demand) or (role == "api" and not table.pull_through):
        return ()
    usual = tuple(Peer(port=port, what="remote") for port in _HTTP)
    return (
        *usual,
        *(Peer(port=port, what="remote", origin=("selinux", "remote_ports")) for port in table.remote_ports),
    )
