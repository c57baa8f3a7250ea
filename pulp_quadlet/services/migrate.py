"""The migration: runs once at each start, before any process of Pulp."""

from __future__ import annotations

from pulp_quadlet.model.service import SecretUse, Service
from pulp_quadlet.services import peers, pulp
from pulp_quadlet.services.context import PULP, Context, Part

# A first migration with many plugins takes two minutes on two slow cores; one over a large database much longer.
_LIMIT = 4 * 3600


def part(context: Context) -> Part:
    """One container that ends; the others wait for it."""
    if not pulp.needed(context):
        return Part()
    admin = pulp.admin_password(context)
    requires = tuple(name for name in pulp.dependencies(context)["requires"] if name != context.name("migrate"))
    service = Service(
        name=context.name("migrate"),
        role="migrate",
        description="Pulp database migration",
        image=context.images["pulp"],
        command=context.python("migrate", "pulp/migrate.py"),
        owner=PULP,
        alone=context.is_foreign("migrate"),
        once=True,
        environment=pulp.environment(context),
        mounts=pulp.mounts(context),
        secrets=(*pulp.secret_uses(context), SecretUse(secret=admin.name, target="admin-password")),
        peers=peers.database(context),
        requires=requires,
        start_timeout=_LIMIT,
        stop_timeout=60,
        origins=(("", ("database",)),),
        configs=("pulp/migrate.py", pulp.STORED),
    )
    return Part(services=(service,), secrets=(admin,))
