"""The folder that the index serves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.index.wheels import Release

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# In the shape of Pulp: plugins that hold pulpcore, one that is far behind, and one for Pythons to come.
RELEASES = (
    Release(name="pulpcore", version="3.105.0", requires=("small-library",)),
    Release(name="pulpcore", version="3.114.2", requires=("small-library",)),
    Release(name="pulpcore", version="3.123.1", requires=("small-library", 'for-windows; sys_platform == "win32"')),
    Release(name="pulp-python", version="3.36.4", requires=("pulpcore<3.130,>=3.105",)),
    Release(name="pulp-rpm", version="3.38.5", requires=("pulpcore<3.130,>=3.105",)),
    Release(name="pulp-rpm", version="3.39.4", requires=("pulpcore<3.130,>=3.118",)),
    Release(name="pulp-rust", version="0.0.0", requires=("pulpcore<3.115,>=3.105",)),
    Release(name="pulp-tomorrow", version="1.0", requires=("pulpcore",), python=">=3.99"),
    Release(name="pulp-elsewhere", version="1.0", requires=("pulpcore",), tag="cp313-cp313-win_amd64"),
    Release(name="pulp-wants-more", version="1.0", requires=("nobody-has-this>=2",)),
    Release(name="small-library", version="1.0"),
    Release(name="from-source", version="1.0", requires=("small-library",), source=True),
)


def fill(folder: Path, releases: Iterable[Release] = RELEASES) -> None:
    """Write all releases, and what the pages say of them."""
    for release in releases:
        place = folder / "simple" / release.name
        place.mkdir(parents=True, exist_ok=True)
        (place / release.file).write_bytes(release.content)
        said = {"sha256": release.sha256, "python": release.python}
        (place / f"{release.file}.json").write_text(json.dumps(said))
