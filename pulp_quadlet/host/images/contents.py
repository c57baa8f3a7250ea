"""Ask what is in images: in one container without a network, which sees all of them read-only and runs none.

Its own image is the only one that has to be believed, and only as far as Python goes: that with pip, where images are
built here; else that of Pulp.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import oneshot
from pulp_quadlet.host.command import Finished
from pulp_quadlet.host.oneshot import Once
from pulp_quadlet.model.contents import Contents
from pulp_quadlet.model.service import Confinement, Owner
from pulp_quadlet.resources import read_text
from pulp_quadlet.supply.contents import contents

_OF_ALL_SITES = ".images"
"""In the place of a site's name: one of these runs at a time."""
_ROOT = Owner(uid=0, gid=0)
"""Without capabilities, and with files of images that only root may read."""
_BELOW = "/mnt/images"
_FILES = "container_file_t"
_KEPT_LINES = 20
_TAKES_AT_MOST = 900.0  # seconds; ten are usual


async def look(
    references: Sequence[str], *, runner: str, verify: bool, type_: str | None = None
) -> dict[str, Contents]:
    """What is in each of these images, which must be here. With `verify` all packed files are read.

    `runner` is the image that the program runs in, and `type_` the SELinux type that it gets. Raises HostError.
    """
    if not references:
        return {}
    return understood(references, await oneshot.run(once(references, runner=runner, verify=verify, type_=type_)))


def once(references: Sequence[str], *, runner: str, verify: bool, type_: str | None) -> Once:
    """The container."""
    places = {f"{_BELOW}/{number}": reference for number, reference in enumerate(references)}
    asked = json.dumps({"roots": list(places), "verify": verify})
    return Once(
        site=_OF_ALL_SITES,
        name="pulp-quadlet-contents",
        image=runner,
        command=("python3", "-I", "-c", read_text("images/contents.py"), asked),
        owner=_ROOT,
        images=tuple((reference, place) for place, reference in places.items()),
        confinement=Confinement(type=type_, file_type=_FILES) if type_ else None,
        network="none",
        limit=_TAKES_AT_MOST,
    )


def understood(references: Sequence[str], done: Finished) -> dict[str, Contents]:
    """What the program printed. Raises HostError with its last words when it printed something else."""
    lines = done.stdout.splitlines()
    notes = tuple(line for line in done.stderr.splitlines() if line.strip())[-_KEPT_LINES:]
    if done.status == 0 and len(lines) == len(references):
        try:
            said = (contents(json.loads(line)) for line in lines)
            return dict(zip(references, said, strict=True))
        except (ValueError, KeyError, TypeError) as error:
            notes = (repr(error),)
    raise HostError(Problem(code="contents-failed", message="the images could not be looked into", notes=notes))
