"""Pull or load images that were made elsewhere, and look into those of Pulp before they are used."""

from __future__ import annotations

import asyncio

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import command
from pulp_quadlet.host.command import Listener
from pulp_quadlet.host.images import inspection
from pulp_quadlet.host.outside import outside
from pulp_quadlet.images.failed import not_in_archive, not_pulled, other_pulp
from pulp_quadlet.images.judged import differences, judge, unknown
from pulp_quadlet.model.deployment import PULP, PulledImage
from pulp_quadlet.model.image_names import fit_name, pulled_name

_LOADED = "Loaded image: "


async def provide(image: PulledImage, listener: Listener) -> None:
    """Make sure that an image is there, and that it will do. Raises HostError, and then nothing has come here."""
    known = await identity(image.reference)
    if not known:
        await (_load(image, listener) if image.archive else _pull(image, listener))
    found = known or await identity(image.reference)
    try:
        if image.role in PULP:
            await _look_at(image, found, listener)
    except HostError:
        if not known:
            await _run("image", "rm", image.reference)
        raise
    if not known:
        await _run("tag", found, pulled_name(found))


async def identity(reference: str) -> str:
    """The id of an image; empty where there is none."""
    done = await _run("image", "inspect", "--format={{.Id}}", reference)
    return done.stdout.strip() if done.status == 0 else ""


async def _look_at(image: PulledImage, found: str, listener: Listener) -> None:
    main = await identity(image.main) if image.main else ""
    seen = await inspection.inspect(image.reference, image.type)
    problems = judge(image.reference, seen)
    if not problems and main:
        other = differences(await inspection.inspect(main, image.type), seen)
        problems = (other_pulp(image, other),) if other else ()
    if problems:
        raise HostError(*problems)
    for name in unknown(seen):
        listener(f"what {name} needs of the system and of SELinux is not known")
    await _run("tag", found, fit_name(found, main))


async def _pull(image: PulledImage, listener: Listener) -> None:
    await _told(image, ("podman", "pull", image.reference), listener)


async def _load(image: PulledImage, listener: Listener) -> None:
    before = set(await _names())
    lines = await _told(image, ("podman", "load", "--input", str(image.archive)), listener)
    if not await identity(image.reference):
        there = tuple(line.removeprefix(_LOADED) for line in lines if line.startswith(_LOADED))
        await _run("image", "rm", "--ignore", *(name for name in there if name not in before))
        raise HostError(not_in_archive(image, there))


async def _told(image: PulledImage, argv: tuple[str, ...], listener: Listener) -> list[str]:
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        listener(line)

    try:
        await command.follow(outside(argv), hear)
    except HostError as error:
        raise HostError(not_pulled(image, tuple(lines))) from error
    return lines


async def _names() -> list[str]:
    return (await _run("images", "--format={{.Repository}}:{{.Tag}}")).stdout.split()


async def _run(*argv: str) -> command.Finished:
    return await asyncio.to_thread(command.run, outside(("podman", *argv)))
