"""Which pulp-quadlet this is: a package of a distribution may change its files without another version.

Those who build packages set the time of modification to that of the release, or to one and the same for ever; but the
kernel alone says when a file came to be here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
# beside the package in a checkout, inside it where it is installed
_BESIDE = () if (_PACKAGE / "units").is_dir() else (_PACKAGE.parent / "units", _PACKAGE.parent / "selinux")
_PLACES = (_PACKAGE, *_BESIDE)


def fingerprint() -> str:
    """Tells our files from those of another installation, by names, sizes and when they came: none is read."""
    found = sorted(stamp for place in _PLACES if place.is_dir() for stamp in _stamps(place))
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]


def _stamps(where: Path) -> Iterator[str]:
    with os.scandir(where) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _stamps(Path(entry.path))
            elif entry.is_file():
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_ctime_ns}"
