"""That a site file asks for just what is applied, although another text or another installation made that.

It is kept until the next boot: a comment more, or an update of ours, must not make every later apply compile again.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from pulp_quadlet.config.source import SourceText
from pulp_quadlet.host.installation import fingerprint
from pulp_quadlet.host.writing import write
from pulp_quadlet.model.codec import to_data
from pulp_quadlet.model.target import Target
from pulp_quadlet.paths import RUN

FOLDER = Path(RUN)


def mark(number: int, source: SourceText, target: Target) -> str:
    """Stands for a generation and for all that was compiled when nothing was found to do."""
    said = json.dumps([number, to_data(source), to_data(target), fingerprint()])
    return hashlib.sha256(said.encode()).hexdigest()


def is_known(site: str, what: str, folder: Path = FOLDER) -> bool:
    """Whether this was found last."""
    try:
        return _place(site, folder).read_text(encoding="ascii") == what
    except (OSError, ValueError):
        return False


def remember(site: str, what: str, folder: Path = FOLDER) -> None:
    """Keep it; where that cannot be done, the next apply takes longer and that is all."""
    if not is_known(site, what, folder):
        with suppress(OSError):
            write(_place(site, folder), what, 0o644)


def _place(site: str, folder: Path) -> Path:
    return folder / f"same-{site}"
