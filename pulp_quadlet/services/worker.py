"""The task workers. Each has a host name of its own: by it Pulp tells their heartbeats and work folders apart."""

from __future__ import annotations

from pulp_quadlet.model.service import Health, Service
from pulp_quadlet.services import peers, pulp
from pulp_quadlet.services.context import PULP, Context, Part


def part(context: Context) -> Part:
    """As many workers as the site file says; each finishes its task before it stops."""
    if not context.has("worker"):
        return Part()
    names = tuple(f"worker-{number}" for number in range(1, context.site.workers.count + 1))
    return Part(services=tuple(_worker(context, name) for name in names))


def _worker(context: Context, short: str) -> Service:
    table = context.site.workers
    dependencies = pulp.dependencies(context)
    return Service(
        name=context.name(short),
        role="worker",
        description="Pulp worker",
        image=context.image("worker"),
        command=context.python("worker", "pulp/worker.py"),
        owner=PULP,
        alone=context.is_foreign("worker"),
        hostname=context.host_name(short),
        environment=pulp.environment(context),
        mounts=pulp.mounts(context),
        secrets=pulp.secret_uses(context),
        peers=(
            *peers.database(context),
            *peers.cache(context),
            *peers.storage(context),
            *peers.remotes(context, "worker"),
        ),
        health=Health(
            command=(*context.python("worker", "pulp/health.py"), "worker", context.host_name(short)),
            start_interval=pulp.LOOKED_AT_EVERY,
        ),
        ttl=pulp.ttl(context, "worker"),
        requires=dependencies["requires"],
        done_before=(context.name("migrate"),),
        wants=dependencies["wants"],
        stop_timeout=table.drain,
        memory=table.memory,
        origins=(("", ("workers",)), ("memory", ("workers", "memory")), ("stop_timeout", ("workers", "drain"))),
        configs=(pulp.SETTINGS, pulp.STORED),
    )
