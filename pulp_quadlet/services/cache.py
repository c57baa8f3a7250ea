"""Valkey in a container: it caches what the content server looks up, and holds nothing worth keeping."""

from __future__ import annotations

from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.service import Health, Peer, Service
from pulp_quadlet.resources import fill
from pulp_quadlet.schema.words import memory_bytes
from pulp_quadlet.services.context import CACHE, Context, Part

PORT = 6379


def address(context: Context) -> tuple[str, int] | None:
    """Host and port at which this host's services reach the cache, if there is one."""
    cache = context.site.cache
    if cache.mode == "off":
        return None
    if cache.host is not None:
        return cache.host, cache.port
    return context.name("cache"), PORT


def part(context: Context) -> Part:
    """One container without a disk, beside the services that use it."""
    if context.site.cache.mode != "embedded":
        return Part()
    site = context.site
    service = Service(
        name=context.name("cache"),
        role="cache",
        description="Valkey cache",
        image=context.images["cache"],
        command=("valkey-server", context.config("cache/valkey.conf")),
        owner=CACHE,
        mounts=(context.generations,),
        scratch=("/data",),
        listens=(PORT,),
        # its health check is a client of its own
        peers=(Peer(port=PORT, what="itself", origin=("cache",)),),
        health=Health(command=("valkey-cli", "ping")),
        origins=(("", ("cache",)), ("memory", ("cache", "memory"))),
        configs=("cache/valkey.conf",),
    )
    conf = fill("config/cache/valkey.conf.j2", memory=memory_bytes(site.cache.memory))
    return Part(services=(service,), configs=(TextFile(path="cache/valkey.conf", text=conf),))
