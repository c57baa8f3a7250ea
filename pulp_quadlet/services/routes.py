"""The web server's routes to plugins, read once at each start from the image that runs."""

from __future__ import annotations

from pulp_quadlet.model.deployment import Directory, TextFile
from pulp_quadlet.model.service import Mount, Service
from pulp_quadlet.resources import read_text
from pulp_quadlet.services.context import PULP, Context, Part

FOLDER = "/routes"
_PROGRAM = "routes/routes.py"


def path(context: Context) -> str:
    """The folder of the host that this service writes, and the web server reads."""
    return f"{context.state}/routes"


def part(context: Context) -> Part:
    """One container that ends; the web server waits for it."""
    if not context.has("web"):
        return Part()
    service = Service(
        name=context.name("routes"),
        role="routes",
        description="Routes of the web server to Pulp's plugins",
        image=context.images["pulp"],
        command=(*context.python("routes", _PROGRAM), FOLDER),
        owner=PULP,
        alone=context.is_foreign("routes"),
        once=True,
        mounts=(
            context.generations,
            Mount(source=path(context), target=FOLDER, writable=True, holds="routes"),
        ),
        origins=(("", ("web",)),),
        configs=(_PROGRAM,),
    )
    program = TextFile(path=_PROGRAM, text=read_text("config/routes/routes.py"))
    directory = Directory(path=path(context), owner=PULP, mode=0o755)
    return Part(services=(service,), directories=(directory,), configs=(program,))
