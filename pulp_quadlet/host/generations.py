"""Generations on disk, as they are written: each whole beside the others, and one rename switches to it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulp_quadlet.errors import ConflictError, HostError, Problem, path_taken
from pulp_quadlet.host import manifest
from pulp_quadlet.host.stored import COMMITTED, MANIFEST, SITE_FILE, TRANSACTION, Stored
from pulp_quadlet.host.writing import told, write, write_link
from pulp_quadlet.model.codec import to_data
from pulp_quadlet.model.generation import Generation, Transaction
from pulp_quadlet.model.tree import Link, Tree

KEPT = 10
"""How many committed generations are kept."""


class Generations(Stored):
    """What changes them."""

    def stage(self, generation: Generation) -> int:
        """Write a generation beside the others, whole and on the disk, and return its number. Nothing reads it yet."""
        site, tree = generation.site, generation.tree
        number = max((*self.numbers(site), 0)) + 1
        folder = self.folder(site, number)
        part = folder.with_name(f".{number}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            with told():
                for file in tree.files:
                    write(part / file.path, file.text, file.mode)
                write(part / MANIFEST, json.dumps(manifest.data_of(generation), indent=1), 0o644)
                write(part / SITE_FILE, generation.origin.site_text, 0o644)
                part.rename(folder)
                _sync(folder.parent)
        except HostError:
            shutil.rmtree(part, ignore_errors=True)  # what fills a disk is not left there
            raise
        return number

    def restage(self, site: str, number: int) -> None:
        """Make the files of a generation again what was written there, where somebody altered them."""
        folder = self.folder(site, number)
        with told():
            for path, mode, text in self.manifest(site, number)["files"]:
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
                write_link(self.home_of(site) / "current", f"generations/{number}")
            for link in links:
                write_link(self.below(link.path), link.text)
            for path in obsolete:
                self.below(path).unlink(missing_ok=True)
            if not number:
                (self.home_of(site) / "current").unlink(missing_ok=True)
            _sync(self.home_of(site))

    def commit(self, site: str, number: int, dump: str = "") -> None:
        """From here on this generation is what is gone back to. One rename.

        `dump` is the copy of the database that was made before its migrations; a former one is not forgotten.
        """
        with told():
            write(self.folder(site, number) / COMMITTED, dump or self.dump(site, number), 0o644)
            write_link(self.home_of(site) / "good", f"generations/{number}")
            _sync(self.home_of(site))

    def prune(self, site: str) -> None:
        """Remove all but the last committed ones, the current one, and the newest that failed, for those who look why.

        Units of removed ones were replaced at a reload since, so nothing refers to them.
        """
        numbers = self.numbers(site)
        committed = [number for number in numbers if self.is_committed(site, number)]
        failed = [number for number in numbers if number not in committed]
        kept = {*committed[-KEPT:], *failed[-1:], self.current(site), self.good(site)}
        with told():
            for number in numbers:
                if number not in kept:
                    shutil.rmtree(self.folder(site, number))

    # --- the change that is under way -----------------------------------------------------------------------------

    def begin(self, transaction: Transaction) -> None:
        """Write down a change before its first step, or how far it has come."""
        with told():
            write(self.home_of(transaction.site) / TRANSACTION, json.dumps(to_data(transaction)), 0o644)
            _sync(self.home_of(transaction.site))

    def end(self, site: str) -> None:
        """The change is through, one way or the other."""
        with told():
            (self.home_of(site) / TRANSACTION).unlink(missing_ok=True)
            _sync(self.home_of(site))

    @contextmanager
    def locked(self, site: str) -> Iterator[None]:
        """Nobody else changes this site meanwhile. Raises HostError at once when somebody does."""
        with told():
            self.home_of(site).mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.home_of(site) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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

    def _check_free(self, link: Link, tree: Tree) -> None:
        path = self.below(link.path)
        found = os.readlink(path) if path.is_symlink() else None
        if (path.exists() or path.is_symlink()) and not tree.owns(link, found):
            raise HostError(path_taken(link.path))


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk, or a rename in it could be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
