"""Generations on disk: each is written whole beside the others, and one rename of `current` switches to it.

`good` leads to the last one that was committed. Where the two differ, a change is under way, or was interrupted.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulp_quadlet.errors import ConflictError, HostError, Problem, path_taken
from pulp_quadlet.host.former import of_today
from pulp_quadlet.host.writing import told, write, write_link
from pulp_quadlet.model.codec import UnreadableValue, from_data, to_data
from pulp_quadlet.model.deployment import Deployment, TextFile
from pulp_quadlet.model.generation import Generation, Origin, PastGeneration, Transaction, nothing
from pulp_quadlet.model.tree import Link, Tree, home
from pulp_quadlet.paths import HOME

_MANIFEST = "manifest.json"
_COMMITTED = "committed"
_SITE_FILE = "site.toml"
_OWN = {_MANIFEST, _COMMITTED, _SITE_FILE}
KEPT = 10
"""How many committed generations are kept."""


class Generations:
    """The generations of all sites below a root, which is `/` except where an image is furnished."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    # --- reading --------------------------------------------------------------------------------------------------

    def origin(self, site: str) -> Origin:
        """Where the current generation comes from, as far as that can be read."""
        return self._origin(site, self.current(site))

    def site_file(self, site: str) -> str:
        """A copy of the site file that the current generation was made of, whatever became of that file; the path of
        that file where there is no copy.
        """
        number = self.current(site)
        copy = self._folder(site, number) / _SITE_FILE
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
        current = self._home(site) / "current"
        return {
            str(path.relative_to(current)): path.read_text(encoding="utf-8", errors="replace")
            for path in current.rglob("*")
            if path.is_file() and str(path.relative_to(current)) not in _OWN
        }

    def altered(self, site: str) -> frozenset[str]:
        """Files of the current generation that are not what was written there; also those that are gone."""
        number = self.current(site)
        if not number:
            return frozenset()
        return self.read(site, number).altered(self.files(site))

    def altered_at(self, site: str, paths: Iterable[str]) -> dict[str, float]:
        """When those of these files of the current generation that are there were changed last."""
        found = {path: self._home(site) / "current" / path for path in paths}
        return {path: place.stat().st_ctime for path, place in found.items() if place.exists()}

    def read(self, site: str, number: int) -> Generation:
        """A generation as it was written, whatever was done to its files since. Number 0 is a site that is not there.

        Raises HostError where its manifest cannot be read.
        """
        if number == 0:
            return nothing(site)
        data = self._manifest(site, number)
        try:
            deployment = from_data(Deployment, of_today(data["deployment"]))
            origin = from_data(Origin, data["origin"])
            links = tuple(Link(path=path, target=target) for path, target in data["links"])
            files = tuple(TextFile(path=path, text=text, mode=mode) for path, mode, text in data["files"])
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(self._folder(site, number), str(error)) from None
        tree = Tree(
            site=site,
            files=files,
            links=links,
            units=(),
            digests=tuple(data["digests"].items()),
            configs=tuple(data["configs"].items()),
        )
        return Generation(deployment=deployment, tree=tree, origin=origin)

    def history(self, site: str) -> tuple[PastGeneration, ...]:
        """All that are kept, the newest first."""
        current = self.current(site)
        return tuple(
            PastGeneration(
                number=number,
                origin=self._origin(site, number),
                current=number == current,
                good=self._is_committed(site, number),
            )
            for number in reversed(self._numbers(site))
        )

    def kept(self, site: str) -> dict[int, Generation]:
        """All that can be read, by their numbers."""
        found: dict[int, Generation] = {}
        for number in self._numbers(site):
            with suppress(HostError):
                found[number] = self.read(site, number)
        return found

    # --- writing --------------------------------------------------------------------------------------------------

    def stage(self, generation: Generation) -> int:
        """Write a generation beside the others, whole and on the disk, and return its number. Nothing reads it yet."""
        site, tree = generation.site, generation.tree
        number = max((*self._numbers(site), 0)) + 1
        folder = self._folder(site, number)
        part = folder.with_name(f".{number}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            with told():
                for file in tree.files:
                    write(part / file.path, file.text, file.mode)
                write(part / _MANIFEST, json.dumps(_manifest_of(generation), indent=1), 0o644)
                write(part / _SITE_FILE, generation.origin.site_text, 0o644)
                part.rename(folder)
                _sync(folder.parent)
        except HostError:
            shutil.rmtree(part, ignore_errors=True)  # what fills a disk is not left there
            raise
        return number

    def restage(self, site: str, number: int) -> None:
        """Make the files of a generation again what was written there, where somebody altered them."""
        folder = self._folder(site, number)
        with told():
            for path, mode, text in self._manifest(site, number)["files"]:
                place = folder / path
                if not place.is_file() or place.read_text(encoding="utf-8", errors="replace") != text:
                    write(place, text, mode)

    def switch(self, site: str, expected: int, number: int, links: tuple[Link, ...], obsolete: tuple[str, ...]) -> None:
        """Make a generation the current one, and see to the links.

        Raises and changes nothing: ConflictError when another generation than the expected one is current, HostError
        when something that is not ours stands in the way of a link.
        """
        if self.current(site) not in {expected, number}:
            raise ConflictError(
                Problem(
                    code="changed-since-plan",
                    message="this host was changed by someone else after the plan was made",
                    help=("run it again",),
                )
            )
        tree = Tree(site=site, files=(), links=links, units=(), digests=())
        for link in links:
            self._check_free(link, tree)
        with told():
            if number:
                write_link(self._home(site) / "current", f"generations/{number}")
            for link in links:
                write_link(self.below(link.path), link.text)
            for path in obsolete:
                self.below(path).unlink(missing_ok=True)
            if not number:
                (self._home(site) / "current").unlink(missing_ok=True)
            _sync(self._home(site))

    def commit(self, site: str, number: int, dump: str = "") -> None:
        """From here on this generation is what is gone back to. One rename.

        `dump` is the copy of the database that was made before its migrations; a former one is not forgotten.
        """
        with told():
            write(self._folder(site, number) / _COMMITTED, dump or self._dump(site, number), 0o644)
            write_link(self._home(site) / "good", f"generations/{number}")
            _sync(self._home(site))

    def prune(self, site: str) -> None:
        """Remove all but the last committed ones, the current one, and the newest that failed, for those who look why.

        Units of removed ones were replaced at a reload since, so nothing refers to them.
        """
        numbers = self._numbers(site)
        committed = [number for number in numbers if self._is_committed(site, number)]
        failed = [number for number in numbers if number not in committed]
        kept = {*committed[-KEPT:], *failed[-1:], self.current(site), self.good(site)}
        with told():
            for number in numbers:
                if number not in kept:
                    shutil.rmtree(self._folder(site, number))

    # --- the change that is under way -----------------------------------------------------------------------------

    def transaction(self, site: str) -> Transaction | None:
        """The change that is under way, or was when the power went."""
        path = self._home(site) / "transaction.json"
        try:
            return from_data(Transaction, json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise _unreadable(path, str(error)) from None

    def begin(self, transaction: Transaction) -> None:
        """Write down a change before its first step, or how far it has come."""
        with told():
            write(self._home(transaction.site) / "transaction.json", json.dumps(to_data(transaction)), 0o644)
            _sync(self._home(transaction.site))

    def end(self, site: str) -> None:
        """The change is through, one way or the other."""
        with told():
            (self._home(site) / "transaction.json").unlink(missing_ok=True)
            _sync(self._home(site))

    @contextmanager
    def locked(self, site: str) -> Iterator[None]:
        """Nobody else changes this site meanwhile. Raises HostError at once when somebody does."""
        with told():
            self._home(site).mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._home(site) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HostError(
                Problem(
                    code="busy",
                    message=f"{site} is being changed by somebody else right now",
                    help=("wait for its end: `pulp-quadlet status`",),
                )
            ) from None
        else:
            yield
        finally:
            os.close(descriptor)

    # --- paths ----------------------------------------------------------------------------------------------------

    def below(self, path: str) -> Path:
        """An absolute path of the host, below the root."""
        return self._root / path.lstrip("/")

    def _home(self, site: str) -> Path:
        return self.below(home(site))

    def _folder(self, site: str, number: int) -> Path:
        return self._home(site) / "generations" / str(number)

    def _numbers(self, site: str) -> list[int]:
        folder = self._home(site) / "generations"
        return sorted(int(path.name) for path in folder.glob("*") if path.name.isdigit())

    def _number(self, site: str, link: str) -> int:
        path = self._home(site) / link
        name = os.readlink(path).rpartition("/")[2] if path.is_symlink() else ""
        return int(name) if name.isdigit() else 0

    def _is_committed(self, site: str, number: int) -> bool:
        return (self._folder(site, number) / _COMMITTED).exists() or number == self.good(site)

    def _check_free(self, link: Link, tree: Tree) -> None:
        path = self.below(link.path)
        found = os.readlink(path) if path.is_symlink() else None
        if (path.exists() or path.is_symlink()) and not tree.owns(link, found):
            raise HostError(path_taken(link.path))

    def _manifest(self, site: str, number: int) -> dict[str, Any]:
        path = self._folder(site, number) / _MANIFEST
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _unreadable(path, str(error)) from None
        return data

    def _dump(self, site: str, number: int) -> str:
        path = self._folder(site, number) / _COMMITTED
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _origin(self, site: str, number: int) -> Origin:
        try:
            origin = from_data(Origin, self._manifest(site, number)["origin"])
            return replace(origin, dump=self._dump(site, number))
        except (HostError, KeyError, UnreadableValue):
            return Origin()


def _manifest_of(generation: Generation) -> dict[str, Any]:
    """All of it: the files beside it can be altered by hand, and are then written anew from here."""
    tree = generation.tree
    # their texts are among the files
    deployment = replace(generation.deployment, configs=())
    return {
        "origin": to_data(generation.origin),
        "deployment": to_data(deployment),
        "files": [[file.path, file.mode, file.text] for file in tree.files],
        "links": [[link.path, link.target] for link in tree.links],
        "digests": dict(tree.digests),
        "configs": dict(tree.configs),
    }


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk, or a rename in it could be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(path: Path, why: str) -> HostError:
    return HostError(Problem(code="generation-unreadable", message=f"{path} cannot be used: {why}"))
