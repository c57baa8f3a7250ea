"""The REST API: replicas that accept from one socket, each with a private socket that tells its own health."""

from __future__ import annotations

from pulp_quadlet.services.context import API_PORT, Context, Part
from pulp_quadlet.services.served import Served, served

# Does not touch the database, so that a busy database does not get its clients restarted.
_LIVE = "/pulp/api/v3/livez/"


def part(context: Context) -> Part:
    """The replicas of this host."""
    if not context.has("api"):
        return Part()
    table = context.site.api
    return served(
        context,
        Served(
            role="api",
            description="Pulp API",
            replicas=table.replicas,
            port=API_PORT,
            health=_LIVE,
            memory=table.memory,
            # gunicorn's master has no Django in it: its new workers load the settings. That of the content server has.
            reloads=True,
        ),
        command=(
            "pulpcore-api",
            "--workers",
            str(table.processes),
            "--timeout",
            str(table.timeout),
            "--graceful-timeout",
            str(table.timeout),
            # its default path is on the data folder, which api and content share
            "--no-control-socket",
        ),
        stop_timeout=table.timeout + 10,
    )
