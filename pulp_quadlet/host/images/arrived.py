"""Images that came in an archive for a site that is not applied yet: no generation has them, and they must not be lost.

The record is a file in the wheelhouse for each such site, which goes when the site has a generation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pulp_quadlet.host.writing import write
from pulp_quadlet.model.archive import Manifest

FOLDER = ".arrived"


def remember(manifest: Manifest, home: Path) -> None:
    """Keep the images of an archive until its site is applied. Raises OSError."""
    record = {"site": manifest.site, "images": [each.reference for each in manifest.images]}
    # a site's name in an archive is somebody else's word, and no name for a file
    name = hashlib.sha256(manifest.site.encode()).hexdigest()[:16]
    (home / FOLDER).mkdir(parents=True, exist_ok=True)
    write(home / FOLDER / f"{name}.json", json.dumps(record) + "\n", 0o644)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What came for a site."""

    path: str
    """Relative to the wheelhouse."""
    site: str
    images: tuple[str, ...]


def records(home: Path) -> tuple[Record, ...]:
    """All of them. One that cannot be read keeps nothing; only root could have damaged it."""
    return tuple(_read(home))


def _read(home: Path) -> Iterator[Record]:
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            said = json.loads(path.read_bytes())
            images = tuple(map(str, said["images"]))
            yield Record(path=str(path.relative_to(home)), site=str(said["site"]), images=images)
        except (OSError, ValueError, KeyError, TypeError):
            continue
