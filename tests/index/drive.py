"""Lock sites and fetch their packages, as an apply does, without building an image.

    python3 drive.py HOME [--fetch] SITE-FILE...

It runs in a machine, with the product that is installed there. HOME is the wheelhouse. What is told of each site ends
with a form feed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pulp_quadlet import pipeline, relock
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import PulpQuadletError
from pulp_quadlet.host.machine import Machine
from pulp_quadlet.host.packages import wheelhouse
from pulp_quadlet.report.problems import format_error


async def _drive(site_file: Path, home: Path, *, fetch: bool) -> None:
    machine = Machine(listener=lambda line: print(line, file=sys.stderr), wheels=home)
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
    home, *rest = sys.argv[1:]
    for site_file in rest:
        if site_file != "--fetch":
            try:
                asyncio.run(_drive(Path(site_file), Path(home), fetch="--fetch" in rest))
            except PulpQuadletError as error:
                print(format_error(error, colour=False), end="")
            print("\f", end="", flush=True)


if __name__ == "__main__":
    main()
