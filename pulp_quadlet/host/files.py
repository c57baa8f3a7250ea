"""Generations on disk: each is written whole beside the others, and one rename of `current` switches to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pulp_quadlet.errors import ConflictError, HostError, Problem, path_taken
from pulp_quadlet.model.deployment import Directory, Secret
from pulp_quadlet.model.tree import Link, Tree
from pulp_quadlet.render.tree import home

_LINKED_FOLDERS = (
    "etc/containers/systemd",
    "etc/systemd/system",
    "etc/systemd/system/multi-user.target.wants",
    "etc/tmpfiles.d",
)
_KEPT = 5


class Files:
    """Files below a root, which is `/` except where an image is furnished."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def applied(self, site: str) -> dict[str, str]:
        """The files of the generation that is current, by relative path."""
        current = self._home(site) / "current"
        return {
            str(path.relative_to(current)): path.read_text(encoding="utf-8", errors="replace")
            for path in current.rglob("*")
            if path.is_file()
        }

    def links(self, tree: Tree) -> dict[str, str | None]:
        """What stands where links of this site are, were, or should be."""
        found: dict[str, str | None] = dict(self._our_links(tree.site))
        for link in tree.links:
            path = self._below(link.path)
            if path.is_symlink() or path.exists():
                found[link.path] = os.readlink(path) if path.is_symlink() else None
        return found

    def directories(self, wanted: tuple[Directory, ...]) -> frozenset[str]:
        """Those folders that exist with the wanted owner and mode."""
        return frozenset(directory.path for directory in wanted if self._is_right(directory))

    def runs(self, site: str) -> dict[str, str]:
        """With what the services that run once have run last."""
        folder = self._home(site) / "runs"
        return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*")} if folder.is_dir() else {}

    def remember_run(self, site: str, service: str, mark: str) -> None:
        """Keep with what a service that runs once has run."""
        _write(self._home(site) / "runs" / service, mark, 0o644)

    def generation(self, site: str) -> str:
        """The name of the generation that is current; empty where there is none."""
        current = self._home(site) / "current"
        return os.readlink(current) if current.is_symlink() else ""

    def unreadable(self, secrets: tuple[Secret, ...]) -> dict[str, str]:
        """Secrets whose file cannot be read, and why."""
        found = {}
        for secret in secrets:
            if secret.file is not None:
                try:
                    self._below(secret.file).open("rb").close()
                except OSError as error:
                    found[secret.name] = error.strerror or str(error)
        return found

    def install(self, tree: Tree, expected: str, obsolete: tuple[str, ...]) -> None:
        """Write a new generation, make it current, and see to the links.

        Raises and changes nothing: ConflictError when another generation than the expected one is current, HostError
        when something that is not ours stands in the way of a link.
        """
        if self.generation(tree.site) != expected:
            raise ConflictError(
                Problem(
                    code="changed-since-plan",
                    message="this host was changed by someone else after the plan was made",
                    help=("run it again",),
                )
            )
        for link in tree.links:
            self._check_free(link, tree)
        base = self._home(tree.site)
        generation = base / "generations" / str(self._next_generation(base))
        try:
            for file in tree.files:
                _write(generation / file.path, file.text, file.mode)
            _switch(base / "current", f"generations/{generation.name}")
            for link in tree.links:
                _switch(self._below(link.path), link.text)
            for path in obsolete:
                self._below(path).unlink(missing_ok=True)
            self._prune(base)
        except OSError as error:
            raise HostError(
                Problem(code="write-failed", message=f"{error.filename} cannot be written: {error.strerror}")
            ) from error

    def _home(self, site: str) -> Path:
        return self._below(home(site))

    def _below(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def _our_links(self, site: str) -> Iterator[tuple[str, str]]:
        """Every link that leads into this site's current generation, and the one that starts it at boot."""
        mark = f"pulp-quadlet/{site}/current/"
        for name in _LINKED_FOLDERS:
            folder = self._root / name
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.is_symlink() and mark in os.readlink(path):
                    yield f"/{path.relative_to(self._root)}", os.readlink(path)

    def _check_free(self, link: Link, tree: Tree) -> None:
        path = self._below(link.path)
        found = os.readlink(path) if path.is_symlink() else None
        if (path.exists() or path.is_symlink()) and not tree.owns(link, found):
            raise HostError(path_taken(link.path))

    def _is_right(self, directory: Directory) -> bool:
        try:
            found = self._below(directory.path).stat()
        except OSError:
            return False
        owner = directory.owner
        return (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (owner.uid, owner.gid, directory.mode)

    @staticmethod
    def _next_generation(base: Path) -> int:
        folder = base / "generations"
        numbers = [int(path.name) for path in folder.iterdir() if path.name.isdigit()] if folder.is_dir() else []
        return max(numbers, default=0) + 1

    @staticmethod
    def _prune(base: Path) -> None:
        """Keep the last few. Units of older ones were replaced at a reload since, so nothing refers to them."""
        numbers = sorted(int(path.name) for path in (base / "generations").iterdir() if path.name.isdigit())
        for number in numbers[:-_KEPT]:
            shutil.rmtree(base / "generations" / str(number))


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file beside its place and rename it there, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def _switch(path: Path, target: str) -> None:
    """Make a link, or turn one, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() and os.readlink(path) == target:
        return
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)
