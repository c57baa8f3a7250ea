"""Read an archive of images: all of it is held against its manifest before any of it is used.

Only what an export writes is read: plain files, in the order and with the sizes of the manifest. There are no links,
no folders and no other places to go to, so the headers are read here and nothing is unpacked by a library.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.archive.packing import BLOCK, PIECE, Progress, header
from pulp_quadlet.model.archive import MANIFEST, ArchivedFile, Manifest
from pulp_quadlet.supply.manifest import NoManifestError, read_manifest

_LARGEST_MANIFEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive that was found whole. It stays open, so that nobody can put another one in its place."""

    manifest: Manifest
    path: Path
    file: BinaryIO
    places: dict[str, int]
    """Where the bytes of each file begin."""

    def text(self, path: str) -> str:
        """One of its small files."""
        return self.whole(path).decode()

    def whole(self, path: str) -> bytes:
        """The same, as it is."""
        return b"".join(self.pieces(path))

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file piece by piece. Raises HostError where it is not the one any more that was looked at."""
        entry = self.manifest.file(path)
        self.file.seek(self.places[path])
        digest = hashlib.sha256()
        for piece in _pieces(self.file, entry.size):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != entry.sha256:
            raise _refused(self.path, "it was changed while it was read", entry.path)


@contextmanager
def opened(path: Path, tell: Progress) -> Iterator[Archive]:
    """An archive, looked at from its first byte to its last. Raises HostError with what is wrong and where."""
    with _open(path) as file:
        try:
            yield _verified(path, file, tell)
        except OSError as error:
            raise HostError(_unreadable(path, error)) from error


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise HostError(_unreadable(path, error)) from error
    # without a buffer, since Podman reads on where the descriptor stands
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _foreign(path, "it is no regular file")
        yield file


def _verified(path: Path, file: BinaryIO, tell: Progress) -> Archive:
    size = os.fstat(file.fileno()).st_size
    manifest = _manifest(path, file)
    places = {}
    for entry in manifest.files:
        places[entry.path] = _verify(path, file, entry, tell, size)
    if _read(file, 3 * BLOCK) != bytes(2 * BLOCK):
        raise _refused(path, "it does not end behind its last file", manifest.files[-1].path)
    return Archive(manifest=manifest, path=path, file=file, places=places)


def _manifest(path: Path, file: BinaryIO) -> Manifest:
    block = _read(file, BLOCK)
    try:
        length = tarfile.TarInfo.frombuf(block, "utf-8", "strict").size
    except (tarfile.TarError, ValueError) as error:
        raise _foreign(path, f"it is no tar: {error}") from error
    if not 0 < length <= _LARGEST_MANIFEST or block != header(MANIFEST, length):
        raise _foreign(path, "its first file is no manifest")
    text = _read(file, length)
    if len(text) < length:
        raise _torn(path, MANIFEST, length - len(text))
    try:
        manifest = read_manifest(text)
    except NoManifestError as error:
        raise _foreign(path, str(error)) from error
    _check_fill(path, file, length, MANIFEST)
    return manifest


def _verify(path: Path, file: BinaryIO, entry: ArchivedFile, tell: Progress, whole: int) -> int:
    """Whether the next file is this one, to the byte; and where its bytes begin."""
    wanted = header(entry.path, entry.size)
    found = _read(file, len(wanted))
    if found != wanted:
        if wanted.startswith(found):
            raise _torn(path, entry.path, entry.size)
        raise _refused(path, "another file, or none, begins where this one should", entry.path)
    begin, digest, done = file.tell(), hashlib.sha256(), 0
    for piece in _pieces(file, entry.size):
        digest.update(piece)
        done += len(piece)
        tell("verify", begin + done, whole)
    if done < entry.size:
        raise _torn(path, entry.path, entry.size - done)
    if digest.hexdigest() != entry.sha256:
        raise _refused(path, "its checksum is not that of the manifest", entry.path)
    _check_fill(path, file, entry.size, entry.path)
    return begin


def _check_fill(path: Path, file: BinaryIO, size: int, name: str) -> None:
    """Files end at whole blocks."""
    rest = -size % BLOCK
    if _read(file, rest) != bytes(rest):
        raise _refused(path, "it is not followed by what follows a file", name)


def _read(file: BinaryIO, size: int) -> bytes:
    return b"".join(_pieces(file, size))


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """So many bytes, or as many as there are."""
    while size > 0 and (piece := file.read(min(PIECE, size))):
        size -= len(piece)
        yield piece


def _torn(path: Path, name: str, missing: int) -> HostError:
    return _refused(path, f"it is torn: {missing} bytes of this file are missing, and all that would follow", name)


def _refused(path: Path, why: str, name: str) -> HostError:
    return HostError(
        Problem(
            code="archive-refused",
            message=f"{path} is not as it was written",
            notes=(f"at {name}: {why}",),
            help=("copy it once more, and compare the SHA-256 of both copies",),
        )
    )


def _foreign(path: Path, why: str) -> HostError:
    return HostError(
        Problem(
            code="archive-refused",
            message=f"{path} is no archive of `pulp-quadlet image export`",
            notes=(why,),
        )
    )


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(code="archive-unreadable", message=f"{path} cannot be read: {error.strerror}")
