"""Lock a site and fetch its packages, as an apply does, without building its image.

    python3 drive.py SITE-FILE HOME [fetch]

It runs in a machine, with the product that is installed there. HOME is the wheelhouse.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pulp_quadlet import pipeline, relock
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import PulpQuadletError
from pulp_quadlet.host import wheelhouse
from pulp_quadlet.host.machine import Machine
from pulp_quadlet.report.problems import format_error


async def _drive(site_file: Path, home: Path, *, fetch: bool) -> None:
    machine = Machine(listener=print, wheels=home)
    compiled = pipeline.compile_site(load(site_file), await machine.target(None))
    if await relock.is_due(compiled, machine):
        new = await relock.relock(compiled, machine)
        await machine.write_lock(new.path, new.text)
        print(new.sentence)
        compiled = relock.locked(compiled, new)
    image = relock.pulp_image(compiled)
    if fetch and image is not None:
        await wheelhouse.fetch(image, print, home)


def main() -> None:
    """What went wrong is told as the commands tell it."""
    try:
        asyncio.run(_drive(Path(sys.argv[1]), Path(sys.argv[2]), fetch="fetch" in sys.argv))
    except PulpQuadletError as error:
        print(format_error(error, colour=False), end="")
        sys.exit(int(error.exit_code))


if __name__ == "__main__":
    main()
