"""Have pip find which versions go together, in a container of the image with pip."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulp_quadlet.host.command import Listener
from pulp_quadlet.host.images.providing import is_there, provide
from pulp_quadlet.host.packages import checkouts, tools
from pulp_quadlet.locking.asked import plugin_at
from pulp_quadlet.locking.question import Question
from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.paths import WHEELHOUSE


async def solve(
    image: BuiltImage, asked: Question, listener: Listener, home: Path = Path(WHEELHOUSE)
) -> Mapping[str, Any]:
    """What pip said, as `locking/solution.py` reads it, with the digests of the checkouts that it saw.

    The image with pip is built first where it is missing. Raises HostError when pip cannot even be asked.
    """
    if image.tools is not None and not await is_there(image.tools.reference):
        await provide(image.tools, listener, home)
    async with tools.folder_of_one_run(home) as folder:
        with tools.room():
            digests = await asyncio.to_thread(_copies, image, folder / "sources")
        answer = await tools.ask("solve", image, asked.text, folder)
    return {**answer, "checkouts": digests}


def _copies(image: BuiltImage, target: Path) -> dict[str, str]:
    """Copy each checkout, by its plugin's name. One that cannot be copied was told before, by `relock`."""
    found: dict[str, str] = {}
    for source, where in image.packages.mounts if image.packages else ():
        if name := plugin_at(where):
            found[name] = checkouts.copy(Path(source), target / Path(where).name).digest
    return found
