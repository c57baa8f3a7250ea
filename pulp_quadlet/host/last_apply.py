"""What became of the last apply, by the folder of a site."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pulp_quadlet.model.verdict import Applied


def last_apply(home: Path) -> Applied | None:
    """What the folder of a site's generations tells: each is there before it runs, and is marked when it is committed.

    One that `good` does not lead to has not come to its end; a newer one without a mark has failed.
    """
    try:
        current = (home / "current").readlink().name
        newest = max((path for path in (home / "generations").iterdir() if path.name.isdigit()), key=_number)
        time_of_newest = newest.stat().st_mtime
        good = (home / "good").readlink().name
    except (FileNotFoundError, ValueError):
        return None
    if current != good or (home / "transaction.json").exists():
        return Applied(generation=current, time=time_of_newest, result="running")
    result: Literal["done", "failed"] = "done" if newest.name == good or (newest / "committed").exists() else "failed"
    return Applied(generation=current, time=time_of_newest, result=result)


def _number(generation: Path) -> int:
    return int(generation.name)
