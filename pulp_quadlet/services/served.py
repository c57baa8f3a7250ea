"""A process of Pulp that answers HTTP on sockets which systemd holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pulp_quadlet.model.deployment import Socket
from pulp_quadlet.model.service import Health, Mount, Service, SitePath
from pulp_quadlet.services import peers, pulp
from pulp_quadlet.services.context import PULP, Context, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What sets the API and the content server apart."""

    role: Literal["api", "content"]
    description: str
    replicas: int
    port: int
    """The port for the web servers of other hosts."""
    health: str
    """The path whose answer tells that a replica serves."""
    memory: str | None
    reloads: bool = False
    """Whether its process reads new settings when it is told to, without a restart."""


def served(context: Context, what: Served, *, command: tuple[str, ...], stop_timeout: int) -> Part:
    """All replicas, their common socket, and one private socket each."""
    names = tuple(context.name(f"{what.role}-{number}") for number in range(1, what.replicas + 1))
    services = tuple(_replica(context, what, name, command, stop_timeout) for name in names)
    sockets = (_common_socket(context, what, names[0]), *(_health_socket(context, what, name) for name in names))
    return Part(services=services, sockets=sockets)


def _replica(context: Context, what: Served, name: str, command: tuple[str, ...], stop_timeout: int) -> Service:
    table: SitePath = (what.role,)
    short = name.removeprefix(f"{context.prefix}-")
    dependencies = pulp.dependencies(context)
    look = ("http", f"{pulp.RUNTIME}/{short}.sock", what.health)
    return Service(
        name=name,
        role=what.role,
        description=what.description,
        image=context.image(what.role),
        command=command,
        owner=PULP,
        alone=context.is_foreign(what.role),
        hostname=context.host_name(short),
        environment=pulp.environment(context),
        mounts=(*pulp.mounts(context), Mount(source=context.private, target=pulp.RUNTIME, holds="health")),
        secrets=pulp.secret_uses(context),
        sockets=(context.name(what.role), f"{name}-health"),
        peers=(
            *peers.database(context),
            *peers.cache(context),
            *peers.storage(context),
            *peers.remotes(context, what.role),
        ),
        health=Health(
            command=(*context.python(what.role, "pulp/health.py"), *look),
            start_interval=pulp.LOOKED_AT_EVERY,
        ),
        ttl=pulp.ttl(context, what.role),
        requires=dependencies["requires"],
        done_before=(context.name("migrate"),),
        wants=dependencies["wants"],
        stop_timeout=stop_timeout,
        memory=what.memory,
        origins=(("", table), ("memory", (*table, "memory")), ("command", table)),
        configs=(pulp.SETTINGS, pulp.STORED),
        reload=(*context.python(what.role, "pulp/reload.py"), *look[1:]) if what.reloads else (),
    )


def _common_socket(context: Context, what: Served, first: str) -> Socket:
    """The one that all replicas accept from, for nginx here and on the other hosts."""
    listen = [f"{context.front}/{what.role}.sock"]
    if context.here and context.others("web"):
        address = context.here.address
        listen.append(f"[{address}]:{what.port}" if ":" in address else f"{address}:{what.port}")
    return Socket(
        name=context.name(what.role),
        description=f"{what.description} socket",
        listen=tuple(listen),
        service=first,
        origin=(what.role,),
    )


def _health_socket(context: Context, what: Served, name: str) -> Socket:
    """Over the common socket any replica would answer for a sick one."""
    short = name.removeprefix(f"{context.prefix}-")
    return Socket(
        name=f"{name}-health",
        description=f"{what.description} health socket of {name}",
        listen=(f"{context.private}/{short}.sock",),
        service=name,
        origin=(what.role,),
    )
