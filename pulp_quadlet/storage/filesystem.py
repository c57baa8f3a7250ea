"""Artifacts in a folder of the host, which may be a network file system."""

from __future__ import annotations

from typing import Literal

from pulp_quadlet.schema.table import Table
from pulp_quadlet.schema.words import AbsolutePath
from pulp_quadlet.storage.parts import StorageParts


class Filesystem(Table):
    """Artifacts in a folder of the host."""

    backend: Literal["filesystem"] = "filesystem"
    """Where artifacts are kept."""
    path: AbsolutePath | None = None
    """The folder; /var/lib/pulp-quadlet/NAME/storage when it is not given."""
    shared: bool = False
    """Say `true` when all hosts of the site see the same file system there (NFS, CephFS...)."""

    def parts(self) -> StorageParts:
        """The file system needs nothing but the data folder that every backend has for its temporary files."""
        return StorageParts(
            backend="pulpcore.app.models.storage.FileSystem",
            media_root="/var/lib/pulp/media",
        )
