"""The services of a site, one file each. A new one is its file and its line in this list, in start order."""

from collections.abc import Callable

from pulp_quadlet.services import api, cache, content, migrate, postgres, pulp, routes, web, worker
from pulp_quadlet.services.context import Context, Part

SERVICES: tuple[Callable[[Context], Part], ...] = (
    pulp.part,
    postgres.part,
    cache.part,
    migrate.part,
    routes.part,
    worker.part,
    content.part,
    api.part,
    web.part,
)

__all__ = ["SERVICES"]
