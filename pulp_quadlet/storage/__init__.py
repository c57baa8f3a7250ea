"""Storage backends, one file each. A new one is its file and its line in this list."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from pulp_quadlet.storage.azure import Azure
from pulp_quadlet.storage.filesystem import Filesystem
from pulp_quadlet.storage.gcs import Gcs
from pulp_quadlet.storage.s3 import S3

BACKENDS = (Filesystem, S3, Azure, Gcs)


def _backend(table: Any) -> Any:
    """The backend that a table is of; a table that names none speaks of a folder."""
    if isinstance(table, dict):
        return table.get("backend", "filesystem")
    return getattr(table, "backend", None)


StorageTable = Annotated[
    Annotated[Filesystem, Tag("filesystem")]
    | Annotated[S3, Tag("s3")]
    | Annotated[Azure, Tag("azure")]
    | Annotated[Gcs, Tag("gcs")],
    Discriminator(_backend),
]

__all__ = ["BACKENDS", "StorageTable"]
