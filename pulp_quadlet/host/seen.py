"""Site files as they were when somebody dealt with them last: what the generator compares with what they are at boot.

Only those right in /etc/pulp-quadlet are kept. Who applies a file from elsewhere applies it himself, after a boot too.
"""

from __future__ import annotations

from pathlib import Path

from pulp_quadlet.host.writing import told, write
from pulp_quadlet.paths import HOME

_FOLDER = ".seen"
FIRST = "site.toml"
"""The one that is applied at boot although it never was."""


class Seen:
    """Copies of site files, below a root that is `/` on a real host."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._home = root / HOME.lstrip("/")

    def remember(self, file: str, text: str) -> None:
        """This text was dealt with: a boot does nothing about it. Raises HostError when that cannot be written."""
        if _is_ours(file) and not self.knows(file, text):
            with told():
                write(self._copy(file), text, 0o644)

    def knows(self, file: str, text: str) -> bool:
        """Whether a boot does nothing about a site file with this text."""
        if not _is_ours(file):
            return True
        try:
            return self._copy(file).read_bytes() == text.encode()
        except OSError:
            return False

    def due(self) -> tuple[str, ...]:
        """Site files that a boot has to deal with, by the same rule as in pulp-quadlet-generator."""
        files = sorted(path for path in self._home.glob("*.toml") if path.exists())
        return tuple(f"{HOME}/{path.name}" for path in files if self._is_due(path))

    def _is_due(self, path: Path) -> bool:
        copy = self._copy(path.name)
        if not copy.is_file():
            return path.name == FIRST
        return not path.is_file() or copy.read_bytes() != path.read_bytes()

    def _copy(self, file: str) -> Path:
        return self._home / _FOLDER / Path(file).name


def _is_ours(file: str) -> bool:
    folder, _, name = file.rpartition("/")
    return folder == HOME and name.endswith(".toml") and not name.startswith(".")
