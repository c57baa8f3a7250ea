"""Archives for tests, written by the program's own hand, with something in the place of images."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import IO

from pulp_quadlet.host.archive.packing import pack
from pulp_quadlet.locking.pylock import lock_text
from pulp_quadlet.model.archive import FORMAT, SITE_FILE, ArchivedImage, Manifest
from tests.supply.test_bill import LOCK as LOCKED

WHEEL = b"a wheel" * 100
LONG = f"wheels/built/{'c' * 64}/{'a' * 120}-1.0-py3-none-any.whl"
LOCK = lock_text(LOCKED)
IMAGES = b"images" * 1000
SOURCES: dict[str, bytes] = {
    SITE_FILE: b'[site]\nname = "pulp"\n',
    "pylock.site.toml": LOCK.encode(),
    "sbom/pulp-0123.cdx.json": b"{}\n",
    "wheels/six-1.17.0-py2.py3-none-any.whl": WHEEL,
    LONG: b"",
}
MANIFEST = Manifest(
    format=FORMAT,
    version="0.1.0",
    site="pulp",
    lock="pylock.site.toml",
    images=(
        ArchivedImage(role="pulp", reference="localhost/pulp-quadlet/pulp:0123", id=hashlib.sha256(b"1").hexdigest()),
    ),
    files=(),
)


def silent(what: str, done: int, whole: int) -> None:
    """Nobody waits for it."""


async def save(file: IO[bytes]) -> None:
    """As Podman does: to the descriptor, in pieces."""
    for start in range(0, len(IMAGES), 1000):
        file.raw.write(IMAGES[start : start + 1000])  # type: ignore[attr-defined]  # of a buffered writer
        await asyncio.sleep(0)


def written(folder: Path, manifest: Manifest = MANIFEST, sources: dict[str, bytes] = SOURCES) -> Path:
    """An archive in a folder."""
    path = folder / "pulp.tar"
    asyncio.run(pack(path, manifest, sources, save, silent))
    return path
