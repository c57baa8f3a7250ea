"""Look into an image of Pulp, in a container of it without network, settings or secrets."""

from __future__ import annotations

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import oneshot
from pulp_quadlet.host.oneshot import Once
from pulp_quadlet.images.judged import Inspection, inspection_in
from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.service import Confinement, Owner
from pulp_quadlet.resources import read_text

_PROGRAMS = "/usr/share/pulp-quadlet/inspection"
_OF_ALL_SITES = ".images"
"""In the place of a site's name: an image may be for several."""
_KEPT_LINES = 20
_TAKES_AT_MOST = 300.0  # seconds; five are usual, as for each process of Pulp that starts


async def inspect(image: str, kind: str | None) -> Inspection:
    """What is in an image. `kind` is the SELinux type to look with; None where the host has none.

    Raises HostError when it cannot be looked at, as one of something else than Pulp.
    """
    done = await oneshot.run(_once(image, kind))
    found = inspection_in(done.stdout.splitlines())
    if found is None:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise HostError(
            Problem(
                code="image-unfit",
                message=f"the image {image} is not used: it cannot be looked at, as an image of Pulp can",
                notes=tuple(lines[-_KEPT_LINES:]),
            )
        )
    return found


def _once(image: str, kind: str | None) -> Once:
    sources = ("config/pulp/python.sh", "config/routes/routes.py", "images/inspection.py")
    names = [source.rpartition("/")[2] for source in sources]
    return Once(
        site=_OF_ALL_SITES,
        name="pulp-quadlet-inspection",
        image=image,
        command=("sh", f"{_PROGRAMS}/python.sh", f"{_PROGRAMS}/inspection.py"),
        owner=Owner(uid=700, gid=700),
        environment=(("HOME", "/tmp"), ("PYTHONDONTWRITEBYTECODE", "1")),  # noqa: S108  # in memory
        files=tuple(
            TextFile(path=f"{_PROGRAMS}/{name}", text=read_text(source))
            for name, source in zip(names, sources, strict=True)
        ),
        confinement=Confinement(type=kind, file_type="container_file_t") if kind else None,
        network="none",
        limit=_TAKES_AT_MOST,
    )
