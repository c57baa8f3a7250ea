"""Write an archive of images: a tar beside its place, renamed when it is whole.

Nothing is written twice: Podman writes its images into the very file, at their place, and the headers whose sizes and
checksums are known only then are filled in afterwards. So the manifest can come first.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tarfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.archive import IMAGES, MANIFEST, ArchivedFile, Manifest
from pulp_quadlet.supply.manifest import manifest_bytes

PIECE = 1 << 20
BLOCK = 512
# As wide as any size and checksum: what is filled in later is not longer.
_UNKNOWN = ArchivedFile(path="", size=1 << 42, sha256="0" * 64)
_POLL = 0.5  # seconds
Progress = Callable[[str, int, int], None]
"""Hears what is done to which file, how many bytes of it were, and of how many; 0 where nobody knows."""
Save = Callable[[IO[bytes]], Awaitable[None]]
"""Writes images to a file, from where it stands."""


async def pack(
    path: Path, manifest: Manifest, sources: Mapping[str, bytes | Path], save: Save, tell: Progress
) -> tuple[Manifest, int]:
    """Write an archive, and return its manifest and how many bytes it has. Its files are those of `sources`, in their
    order, and then the images. Raises HostError, and then nothing is left.
    """
    paths = (*sources, IMAGES)
    manifest = replace(manifest, files=tuple(replace(_UNKNOWN, path=each) for each in paths))
    with _beside(path) as file:
        room = len(manifest_bytes(manifest))
        _begin(file, MANIFEST, room)
        file.seek(room + _rest(room), os.SEEK_CUR)
        written = [await asyncio.to_thread(_copy, file, name, source, tell) for name, source in sources.items()]
        written.append(await _images(file, save, tell))
        file.write(bytes(2 * BLOCK))
        size = file.tell()
        file.seek(BLOCK)
        manifest = replace(manifest, files=tuple(written))
        file.write(manifest_bytes(manifest, room))
        return manifest, size


def header(name: str, size: int) -> bytes:
    """The blocks of a tar before a file of that size."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    return entry.tobuf(tarfile.GNU_FORMAT)


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(f".{path.name}.part")
    try:
        with _told(path):
            try:
                with os.fdopen(
                    os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644), "w+b"
                ) as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    except HostError as error:
        raise HostError(*error.problems, outcome=f"{path} was not written") from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise HostError(Problem(code="write-failed", message=message)) from error


def _begin(file: IO[bytes], name: str, size: int) -> None:
    file.write(header(name, size))


def _rest(size: int) -> int:
    return -size % BLOCK


def _copy(file: IO[bytes], name: str, source: bytes | Path, tell: Progress) -> ArchivedFile:
    if isinstance(source, bytes):
        _begin(file, name, len(source))
        file.write(source + bytes(_rest(len(source))))
        return ArchivedFile(path=name, size=len(source), sha256=hashlib.sha256(source).hexdigest())
    digest = hashlib.sha256()
    with source.open("rb") as read:
        size = os.fstat(read.fileno()).st_size
        tell(f"copy {source.name}", 0, size)
        _begin(file, name, size)
        while piece := read.read(PIECE):
            digest.update(piece)
            file.write(piece)
        if read.tell() != size:
            message = f"{source} was changed while it was read"
            raise HostError(Problem(code="changed-meanwhile", message=message))
    file.write(bytes(_rest(size)))
    return ArchivedFile(path=name, size=size, sha256=digest.hexdigest())


async def _images(file: IO[bytes], save: Save, tell: Progress) -> ArchivedFile:
    start = file.tell()
    _begin(file, IMAGES, 0)
    begin = file.tell()
    file.flush()
    os.lseek(file.fileno(), begin, os.SEEK_SET)  # Podman goes on where the descriptor stands
    await _watched(file, begin, save, tell)
    size = file.seek(0, os.SEEK_END) - begin
    digest = await asyncio.to_thread(_digest, file, begin, size, tell)
    file.seek(0, os.SEEK_END)
    file.write(bytes(_rest(size)))
    end = file.tell()
    file.seek(start)
    _begin(file, IMAGES, size)
    file.seek(end)
    return ArchivedFile(path=IMAGES, size=size, sha256=digest)


async def _watched(file: IO[bytes], begin: int, save: Save, tell: Progress) -> None:
    saving = asyncio.ensure_future(save(file))
    try:
        while not saving.done():
            tell("save images", os.fstat(file.fileno()).st_size - begin, 0)
            await asyncio.wait((saving,), timeout=_POLL)
    finally:
        saving.cancel()
    await saving


def _digest(file: IO[bytes], begin: int, size: int, tell: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    file.seek(begin)
    while piece := file.read(PIECE):
        digest.update(piece)
        done += len(piece)
        tell("sum up images", done, size)
    return digest.hexdigest()


def saving(references: Sequence[str]) -> tuple[str, ...]:
    """The command that writes images to its standard output, each layer once."""
    return ("podman", "save", "--quiet", "--format=docker-archive", "--multi-image-archive", *references)
