"""What of a site lies on the host beside its generations: links, folders, files of secrets, and marks of what ran."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pulp_quadlet.host.writing import told, write
from pulp_quadlet.model.deployment import Directory, Secret
from pulp_quadlet.model.tree import Tree, home

_LINKED_FOLDERS = (
    "etc/containers/systemd",
    "etc/systemd/system",
    "etc/systemd/system/multi-user.target.wants",
    "etc/tmpfiles.d",
)


class Files:
    """Files below a root, which is `/` except where an image is furnished."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

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
        with told():
            write(self._home(site) / "runs" / service, mark, 0o644)

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

    def _is_right(self, directory: Directory) -> bool:
        try:
            found = self._below(directory.path).stat()
        except OSError:
            return False
        owner = directory.owner
        return (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (owner.uid, owner.gid, directory.mode)
