"""Generations on disk, as they are read: which there are, which one runs, and what each was made of.

`current` leads to the one that units are loaded from, `good` to the last one that was committed. Where the two differ,
a change is under way, or was interrupted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import manifest
from pulp_quadlet.model.codec import UnreadableValue, from_data
from pulp_quadlet.model.generation import Generation, Origin, PastGeneration, Transaction, nothing
from pulp_quadlet.model.tree import home
from pulp_quadlet.paths import HOME

MANIFEST = "manifest.json"
COMMITTED = "committed"
SITE_FILE = "site.toml"
TRANSACTION = "transaction.json"
_OWN = {MANIFEST, COMMITTED, SITE_FILE}


class Stored:
    """The generations of all sites below a root, which is `/` except where an image is furnished."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def origin(self, site: str) -> Origin:
        """Where the current generation comes from, as far as that can be read."""
        return self._origin(site, self.current(site))

    def site_file(self, site: str) -> str:
        """A copy of the site file that the current generation was made of, whatever became of that file; the path of
        that file where there is no copy.
        """
        number = self.current(site)
        copy = self.folder(site, number) / SITE_FILE
        return str(copy) if copy.is_file() else self._origin(site, number).site_file

    def sites(self) -> tuple[str, ...]:
        """The sites that this host has or had."""
        found = self.below(HOME).glob("*/generations")
        return tuple(sorted(path.parent.name for path in found))

    def current(self, site: str) -> int:
        """The generation that units are loaded from; 0 where there is none."""
        return self._number(site, "current")

    def good(self, site: str) -> int:
        """The last one that was committed; 0 where there is none."""
        return self._number(site, "good")

    def files(self, site: str) -> dict[str, str]:
        """The files of the current generation as they are now, by relative path."""
        current = self.home_of(site) / "current"
        places = {str(path.relative_to(current)): path for path in current.rglob("*") if path.is_file()}
        return {
            name: path.read_text(encoding="utf-8", errors="replace")
            for name, path in places.items()
            if name not in _OWN
        }

    def altered(self, site: str) -> frozenset[str]:
        """Files of the current generation that are not what was written there; also those that are gone."""
        number = self.current(site)
        if not number:
            return frozenset()
        return self.read(site, number).altered(self.files(site))

    def altered_at(self, site: str, paths: Iterable[str]) -> dict[str, float]:
        """When those of these files of the current generation that are there were changed last."""
        found = {path: self.home_of(site) / "current" / path for path in paths}
        return {path: place.stat().st_ctime for path, place in found.items() if place.exists()}

    def read(self, site: str, number: int) -> Generation:
        """A generation as it was written, whatever was done to its files since. Number 0 is a site that is not there.

        Raises HostError where its manifest cannot be read.
        """
        if number == 0:
            return nothing(site)
        try:
            return manifest.generation_of(site, self._manifest(site, number))
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(self.folder(site, number), str(error)) from None

    def history(self, site: str) -> tuple[PastGeneration, ...]:
        """All that are kept, the newest first."""
        current = self.current(site)
        return tuple(
            PastGeneration(
                number=number,
                origin=self._origin(site, number),
                current=number == current,
                good=self.is_committed(site, number),
            )
            for number in reversed(self.numbers(site))
        )

    def kept(self, site: str) -> dict[int, Generation]:
        """All that can be read, by their numbers."""
        found: dict[int, Generation] = {}
        for number in self.numbers(site):
            with suppress(HostError):
                found[number] = self.read(site, number)
        return found

    def transaction(self, site: str) -> Transaction | None:
        """The change that is under way, or was when the power went."""
        path = self.home_of(site) / TRANSACTION
        try:
            return from_data(Transaction, json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise _unreadable(path, str(error)) from None

    # --- paths ----------------------------------------------------------------------------------------------------

    def below(self, path: str) -> Path:
        """An absolute path of the host, below the root."""
        return self._root / path.lstrip("/")

    def home_of(self, site: str) -> Path:
        return self.below(home(site))

    def folder(self, site: str, number: int) -> Path:
        return self.home_of(site) / "generations" / str(number)

    def numbers(self, site: str) -> list[int]:
        folder = self.home_of(site) / "generations"
        return sorted(int(path.name) for path in folder.glob("*") if path.name.isdigit())

    def _number(self, site: str, link: str) -> int:
        path = self.home_of(site) / link
        name = os.readlink(path).rpartition("/")[2] if path.is_symlink() else ""
        return int(name) if name.isdigit() else 0

    def is_committed(self, site: str, number: int) -> bool:
        return (self.folder(site, number) / COMMITTED).exists() or number == self.good(site)

    def manifest(self, site: str, number: int) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads(self._manifest(site, number))
        except ValueError as error:
            raise _unreadable(self.folder(site, number) / MANIFEST, str(error)) from None
        return data

    def _manifest(self, site: str, number: int) -> str:
        path = self.folder(site, number) / MANIFEST
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _unreadable(path, str(error)) from None

    def dump(self, site: str, number: int) -> str:
        path = self.folder(site, number) / COMMITTED
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _origin(self, site: str, number: int) -> Origin:
        try:
            origin = from_data(Origin, self.manifest(site, number)["origin"])
            return replace(origin, dump=self.dump(site, number))
        except (HostError, KeyError, UnreadableValue):
            return Origin()


def _unreadable(path: Path, why: str) -> HostError:
    return HostError(Problem(code="generation-unreadable", message=f"{path} cannot be used: {why}"))
