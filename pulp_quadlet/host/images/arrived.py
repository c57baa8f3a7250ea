"""Images that came in an archive for a site that is not applied yet: no generation has them, and they must not be lost.

The record is a file in the wheelhouse for each such site, which goes when the site has a generation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
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


def waiting(applied: Collection[str], home: Path) -> frozenset[str]:
    """Images of sites that are not applied yet."""
    return frozenset(image for site, images in _records(home).values() if site not in applied for image in images)


def settled(applied: Collection[str], home: Path) -> tuple[str, ...]:
    """Records that are not needed any more, relative to the wheelhouse."""
    found = _records(home).items()
    return tuple(sorted(str(path.relative_to(home)) for path, (site, _) in found if site in applied))


def _records(home: Path) -> dict[Path, tuple[str, tuple[str, ...]]]:
    return dict(_read((home / FOLDER).glob("*.json")))


def _read(paths: Iterator[Path]) -> Iterator[tuple[Path, tuple[str, tuple[str, ...]]]]:
    """A record that cannot be read keeps nothing; only root could have damaged it."""
    for path in paths:
        try:
            record = json.loads(path.read_bytes())
            yield path, (str(record["site"]), tuple(map(str, record["images"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
