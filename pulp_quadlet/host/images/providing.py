"""Build or pull images. What is built is looked at before it gets its name, so that an image with a name will do."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.command import Listener
from pulp_quadlet.host.images import building, inspection, ready_made
from pulp_quadlet.host.outside import outside
from pulp_quadlet.host.packages import wheelhouse
from pulp_quadlet.images.failed import failed, shown
from pulp_quadlet.images.judged import SAID, inspection_in, judge
from pulp_quadlet.images.layers import WHEELS
from pulp_quadlet.model.deployment import BuiltImage, Image
from pulp_quadlet.model.image_names import kept_name
from pulp_quadlet.paths import WHEELHOUSE

# Podman is ended by the program beside it, which then cleans up: a stop is for that program alone.
_UNIT = ("KillMode=mixed", "TimeoutStopSec=60")


async def provide(image: Image, listener: Listener, wheels: Path = Path(WHEELHOUSE)) -> None:
    """Make sure that an image is there, and that it will do. Raises HostError, and then nothing of it is there."""
    if not isinstance(image, BuiltImage):
        await ready_made.provide(image, listener)
        return
    if await is_there(kept_name(image)):  # its own name was taken away
        await _podman("tag", kept_name(image), image.reference)
        return
    if image.packages is not None and image.packages.lock is None:
        raise HostError(_not_locked(image))
    if image.tools is not None and not await is_there(image.tools.reference):
        await provide(image.tools, listener, wheels)
    if image.packages is not None:
        await wheelhouse.fetch(image, listener, wheels)
    made = await _build(image, listener, wheels)
    await _podman("tag", made, kept_name(image), image.reference)


async def _build(image: BuiltImage, listener: Listener, wheels: Path) -> str:
    """The id of the new image, which has no name yet."""
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if SAID not in line:
            listener(shown(line))

    with tempfile.TemporaryDirectory(prefix="build-", dir=building.scratch()) as folder:
        await asyncio.to_thread(_write, image, Path(folder))
        try:
            await command.follow(outside(building.words(_words(image, folder, wheels)), *_UNIT), hear, tied=True)
        except HostError as error:
            raise HostError(*failed(image, tuple(lines))) from error
    made = lines[-1]
    if image.packages is not None:
        await _look_at(image, made, lines)
    return made


async def _look_at(image: BuiltImage, made: str, lines: list[str]) -> None:
    """The build has told what is in it, unless all of its steps were in the cache."""
    found = inspection_in(lines) or await inspection.inspect(made, image.type)
    problems = judge(image.reference, found, image.packages.lock if image.packages else None)
    if problems:
        await _podman("image", "rm", made)
        raise HostError(*problems)


def _words(image: BuiltImage, folder: str, house: Path) -> tuple[str, ...]:
    wheels = [(house, WHEELS)] if image.packages else []
    return (
        *("podman", "build", "--layers", "--pull=missing"),
        # Steps that need no network say so themselves; the others install packages of the distribution.
        f"--network={'host' if image.network else 'none'}",
        *((f"--security-opt=label=type:{image.type}",) if image.type else ()),
        *((f"--build-context=tools=container-image://{image.tools.reference}",) if image.tools else ()),
        *(f"--volume={source}:{target}:ro" for source, target in (*image.mounts, *wheels)),
        f"--file={folder}/Containerfile",
        folder,
    )


def _write(image: BuiltImage, folder: Path) -> None:
    for file in image.context:
        path = folder / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text, encoding="utf-8")


async def is_there(name: str) -> bool:
    """Whether Podman has an image of that name."""
    return bool(await ready_made.identity(name))


async def _podman(*argv: str) -> None:
    await command.follow(outside(("podman", *argv)), lambda _line: None)


def _not_locked(image: BuiltImage) -> Problem:
    return Problem(
        code="not-locked",
        message=f"the image {image.reference} cannot be built: its packages are not locked",
        help=("`pulp-quadlet apply` locks them first",),
    )
