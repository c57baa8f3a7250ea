"""Carry the images of a site to a host without a network: `image export` there, `image import` here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pulp_quadlet import __version__
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command, podman_api
from pulp_quadlet.host.archive import packing
from pulp_quadlet.host.archive.packing import Progress
from pulp_quadlet.host.archive.unpacking import Archive
from pulp_quadlet.host.images import arrived
from pulp_quadlet.host.images.bills import Bills, file_name
from pulp_quadlet.host.observe import PATIENCE
from pulp_quadlet.host.packages import wheelhouse
from pulp_quadlet.host.writing import told, write
from pulp_quadlet.model.archive import BILLS, FORMAT, IMAGES, SITE_FILE, WHEELS, ArchivedImage, Manifest
from pulp_quadlet.model.deployment import BuiltImage, Image
from pulp_quadlet.paths import WHEELHOUSE
from pulp_quadlet.supply.needed import locks, with_bases

_PODMANS_SCRATCH = Path("/var/tmp")  # noqa: S108  # where Podman unpacks what it loads
_SOME_LOADED = "images that were loaded stay; nothing else was changed"
_LOADED = "the images are loaded and stay; nothing else was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Luggage:
    """What is to be carried."""

    site: str
    images: tuple[Image, ...]
    """All that the site needs, on whichever of its hosts."""
    site_text: str
    lock_name: str
    lock_text: str
    """Empty where nothing is locked."""


async def export(path: Path, luggage: Luggage, tell: Progress) -> tuple[Manifest, int]:
    """Write an archive; what is in it, and its size. Raises HostError, with what has to be done first."""
    images = with_bases(luggage.images)
    stored = await asyncio.to_thread(_stored, tuple(each.reference for each in images))
    check_all_here(luggage, images, stored)
    for image in luggage.images:
        if isinstance(image, BuiltImage) and image.packages:
            await wheelhouse.fetch(image, lambda line: tell(line, 0, 0))
    bills = Bills()
    await bills.make(luggage.images)
    sources: dict[str, bytes | Path] = {**_texts(luggage), **_bills(bills, images), **_wheels(luggage.images)}
    manifest = Manifest(
        format=FORMAT,
        version=__version__,
        site=luggage.site,
        lock=luggage.lock_name if luggage.lock_text else "",
        images=tuple(
            ArchivedImage(role=each.role, reference=each.reference, id=stored[each.reference].id) for each in images
        ),
        files=(),
    )
    words = packing.saving([each.reference for each in images])

    async def save(file: IO[bytes]) -> None:
        await command.pipe(words, target=file)

    return await packing.pack(path, manifest, sources, save, tell)


def check_all_here(luggage: Luggage, images: Sequence[Image], stored: Mapping[str, podman_api.StoredImage]) -> None:
    unlocked = [each for each in luggage.images if isinstance(each, BuiltImage) and each.packages]
    if any(each.packages and each.packages.lock is None for each in unlocked):
        message = f"the packages of {luggage.site} are not locked, or its site file asks for others by now"
        raise HostError(Problem(code="not-applied", message=message, help=("`pulp-quadlet apply` first",)))
    missing = [each for each in images if each.reference not in stored]
    if missing:
        names = ", ".join(f"{each.reference} ({each.role})" for each in missing)
        bases = [f"podman pull {each.reference}" for each in missing if each.role == "base"]
        ours = ["`pulp-quadlet apply` first"] if len(bases) < len(missing) else []
        message = f"this host lacks images of {luggage.site}: {names}"
        raise HostError(Problem(code="not-applied", message=message, help=(*ours, *bases)))
    pinned = [each.reference for each in images if "@" in each.reference]
    if pinned:
        message = f"an archive cannot carry an image by its digest: {', '.join(pinned)}"
        help_ = "name it by a tag, and compare its id on both hosts: `pulp-quadlet image list`"
        raise HostError(Problem(code="named-by-digest", message=message, help=(help_,)))


def _texts(luggage: Luggage) -> dict[str, bytes]:
    lock = {luggage.lock_name: luggage.lock_text.encode()} if luggage.lock_text else {}
    return {SITE_FILE: luggage.site_text.encode(), **lock}


def _bills(bills: Bills, images: Sequence[Image]) -> dict[str, bytes]:
    found = {each.reference: bills.text(each.reference) for each in images}
    return {f"{BILLS}{file_name(name)}": text.encode() for name, text in found.items() if text}


def _wheels(images: Sequence[Image]) -> dict[str, Path]:
    packages = {package for lock in locks(images) for package in lock.packages}
    paths = sorted(path for package in packages if (path := wheelhouse.path_of(package)))
    return {f"{WHEELS}{path.relative_to(WHEELHOUSE)}": path for path in paths}


async def take(archive: Archive, lock_path: Path, tell: Progress, *, replace_lock: bool) -> None:
    """Load an archive that was found whole: images, wheels, bills, and the lock last. Raises HostError."""
    await asyncio.to_thread(check_lock, archive, lock_path, replace_lock=replace_lock)
    check_room(await asyncio.to_thread(_needs, archive))
    with told():  # before they are there: another site may be applied meanwhile, which prunes
        await asyncio.to_thread(arrived.remember, archive.manifest, Path(WHEELHOUSE))
    tell("load images", 0, 0)
    await _load(archive)
    try:
        await asyncio.to_thread(unpack, archive, lock_path, tell)
    except HostError as error:
        raise HostError(*error.problems, outcome=_LOADED) from error


def check_lock(archive: Archive, path: Path, *, replace_lock: bool) -> None:
    lock = archive.manifest.lock
    if not lock or replace_lock or not path.exists():
        return
    if path.read_bytes() != archive.whole(lock):
        raise HostError(
            Problem(
                code="other-lock",
                message=f"{path} is another lock than that in {archive.path}",
                help=("--replace-lock puts that of the archive in its place",),
            )
        )


def _needs(archive: Archive) -> list[tuple[Path, int]]:
    """Podman unpacks images beside those that it keeps, once as they come and once as it keeps them."""
    images = archive.manifest.file(IMAGES).size
    wheels = sum(each.size for each in archive.manifest.below(WHEELS))
    with podman_api.connected(limit=PATIENCE) as reader:
        kept = Path(reader.graph_root())
    return [(kept, images), (_PODMANS_SCRATCH, images), (Path(WHEELHOUSE), wheels)]


def _free(path: Path) -> int:
    room = os.statvfs(path)
    return room.f_bavail * room.f_frsize


def check_room(needs: Sequence[tuple[Path, int]], free: Callable[[Path], int] = _free) -> None:
    """Whether file systems have room for what is written to these folders. Raises HostError."""
    needed: dict[int, tuple[Path, int]] = {}
    for place, size in needs:
        there = _nearest(place)
        device = there.stat().st_dev
        first, before = needed.get(device, (there, 0))
        needed[device] = (first, before + size)
    for path, size in needed.values():
        if free(path) < size:
            message = f"the file system of {path} has {_mb(free(path))} left, and {_mb(size)} are needed"
            raise HostError(Problem(code="no-room", message=message))


def _nearest(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


async def _load(archive: Archive) -> None:
    begin = archive.places[IMAGES]
    os.lseek(archive.file.fileno(), begin, os.SEEK_SET)
    try:
        await command.pipe(("podman", "load", "--quiet"), source=archive.file)
    except HostError as error:
        raise HostError(*error.problems, outcome=_SOME_LOADED) from error
    wanted = {each.reference: each.id for each in archive.manifest.images}
    stored = await asyncio.to_thread(_stored, tuple(wanted))
    for reference, id_ in wanted.items():
        if reference not in stored or stored[reference].id != id_:
            found = stored[reference].id[:12] if reference in stored else "not there"
            message = f"{reference} is {found} after it was loaded, and should be {id_[:12]}"
            raise HostError(Problem(code="other-image", message=message), outcome=_LOADED)


def unpack(archive: Archive, lock_path: Path, tell: Progress, root: Path = Path("/")) -> None:
    """Put wheels, bills and the lock to their places, each whole or not at all."""
    manifest = archive.manifest
    with told():
        for each in manifest.below(WHEELS):
            tell(f"copy {each.path}", 0, each.size)
            _copy(archive, each.path, root / WHEELHOUSE.lstrip("/") / each.path.removeprefix(WHEELS))
        bills = Bills(root)
        names = {f"{BILLS}{file_name(image.reference)}": image.reference for image in manifest.images}
        for each in manifest.below(BILLS):
            if each.path in names:
                bills.write(names[each.path], archive.text(each.path))
        if manifest.lock:
            write(lock_path, archive.text(manifest.lock), 0o644)


def _copy(archive: Archive, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644), "wb") as file:
            for piece in archive.pieces(path):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _stored(references: tuple[str, ...]) -> dict[str, podman_api.StoredImage]:
    with podman_api.connected(limit=PATIENCE) as reader:
        return reader.stored(references)


def as_data(manifest: Manifest) -> dict[str, Any]:
    """What is told of an archive, for programs."""
    return {
        "site": manifest.site,
        "version": manifest.version,
        "images": [{"role": each.role, "reference": each.reference, "id": each.id} for each in manifest.images],
        "wheels": len(manifest.below(WHEELS)),
        "lock": manifest.lock,
    }
