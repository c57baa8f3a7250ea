"""An archive that carries the images of a site to a host without a network: what its first file says of the rest."""

from __future__ import annotations

from dataclasses import dataclass

FORMAT = 1
MANIFEST, SITE_FILE, IMAGES = "manifest.json", "site.toml", "images.tar"
BILLS, WHEELS = "sbom/", "wheels/"
"""Folders of bills of materials and of wheels; the latter lie as they do in the wheelhouse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """One file of the archive."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedImage:
    """One image in `images.tar`."""

    role: str
    reference: str
    id: str
    """In hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that is in an archive, in its order."""

    format: int
    version: str
    """Of the pulp-quadlet that wrote it."""
    site: str
    lock: str
    """The name of the lock among the files; empty where nothing is locked."""
    images: tuple[ArchivedImage, ...]
    files: tuple[ArchivedFile, ...]
    seal: str = ""
    """A checksum of the manifest itself, as it is written with zeros in this place."""

    def file(self, path: str) -> ArchivedFile:
        """One of the files. Raises KeyError where it is not there."""
        for each in self.files:
            if each.path == path:
                return each
        raise KeyError(path)

    def below(self, folder: str) -> tuple[ArchivedFile, ...]:
        """The files in one of its folders."""
        return tuple(each for each in self.files if each.path.startswith(folder))
