"""Artifacts in an S3 bucket, of Amazon or of a server that speaks the same protocol."""

from __future__ import annotations

from typing import Literal

from pulp_quadlet.schema.table import SecretReference, Table
from pulp_quadlet.schema.words import AbsolutePath, BucketName, Line, Url
from pulp_quadlet.storage.parts import OptionValue, StorageParts


class S3(Table):
    """Artifacts in an S3 bucket."""

    backend: Literal["s3"]
    """Where artifacts are kept."""
    bucket: BucketName
    """The bucket, which must exist."""
    region: Line | None = None
    """The region of the bucket."""
    endpoint: Url | None = None
    """The server, when it is not Amazon's."""
    access_key: SecretReference | None = None
    """The access key's id; without it the host's instance role is used."""
    secret_key: SecretReference | None = None
    """The access key's secret."""
    path: AbsolutePath | None = None
    """A folder of the host for temporary files; it needs room for the largest sync."""

    def parts(self) -> StorageParts:
        """Options of django-storages' S3 backend."""
        options: list[tuple[str, OptionValue]] = [
            ("bucket_name", self.bucket),
            ("signature_version", "s3v4"),
            ("addressing_style", "path"),
        ]
        if self.region:
            options.append(("region_name", self.region))
        if self.endpoint:
            options.append(("endpoint_url", self.endpoint))
        keys = (("access_key", self.access_key), ("secret_key", self.secret_key))
        return StorageParts(
            backend="storages.backends.s3.S3Storage",
            options=tuple(options),
            secrets=tuple((name, reference) for name, reference in keys if reference),
            extra="s3",
        )
