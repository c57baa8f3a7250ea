"""The web server's routes to plugins, read once at each start from the image that runs."""

from __future__ import annotations

from pulp_quadlet.model.deployment import TextFile, Volume
from pulp_quadlet.model.service import Mount, Service
from pulp_quadlet.resources import read_text
from pulp_quadlet.services.context import PULP, Context, Part

FOLDER = "/routes"
_PROGRAM = "routes/routes.py"


def volume(context: Context) -> Volume:
    """Shared by this service, which writes it, and the web server, which reads it."""
    return Volume(name=context.name("routes"), owner=PULP)


def part(context: Context) -> Part:
    """One container that ends; the web server waits for it."""
    if not context.has("web"):
        return Part()
    service = Service(
        name=context.name("routes"),
        role="routes",
        description="Routes of the web server to Pulp's plugins",
        image=context.images["pulp"],
        command=("python3", context.config(_PROGRAM), FOLDER),
        owner=PULP,
        once=True,
        mounts=(
            context.generations,
            Mount(source=volume(context).name, target=FOLDER, kind="volume", writable=True),
        ),
        origins=(("", ("web",)),),
        configs=(_PROGRAM,),
    )
    program = TextFile(path=_PROGRAM, text=read_text("config/routes/routes.py"))
    return Part(services=(service,), volumes=(volume(context),), configs=(program,))
