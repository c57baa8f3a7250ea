"""The content server: replicas that accept from one socket, each with a private socket that tells its own health."""

from __future__ import annotations

from pulp_quadlet.services.context import CONTENT_PORT, Context, Part
from pulp_quadlet.services.served import Served, served

_GRACE = 60


def part(context: Context) -> Part:
    """The replicas of this host."""
    if not context.has("content"):
        return Part()
    table = context.site.content
    return served(
        context,
        Served(
            role="content",
            description="Pulp content server",
            replicas=table.replicas,
            port=CONTENT_PORT,
            health="/pulp/content/",
            memory=table.memory,
        ),
        command=(
            "pulpcore-content",
            "--workers",
            str(table.processes),
            "--graceful-timeout",
            str(_GRACE),
            "--no-control-socket",
        ),
        stop_timeout=_GRACE + 10,
    )
