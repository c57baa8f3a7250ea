"""Artifacts in a Google Cloud Storage bucket."""

from __future__ import annotations

from typing import Literal

from pulp_quadlet.schema.table import SecretReference, Table
from pulp_quadlet.schema.words import AbsolutePath, BucketName
from pulp_quadlet.storage.parts import StorageParts


class Gcs(Table):
    """Artifacts in a Google Cloud Storage bucket."""

    backend: Literal["gcs"]
    """Where artifacts are kept."""
    bucket: BucketName
    """The bucket, which must exist."""
    credentials: SecretReference | None = None
    """The JSON key of a service account; without it the host's own account is used."""
    path: AbsolutePath | None = None
    """A folder of the host for temporary files; it needs room for the largest sync."""

    def parts(self) -> StorageParts:
        """Options of django-storages' Google backend; the environment names the key's file to Google's library."""
        return StorageParts(
            backend="storages.backends.gcloud.GoogleCloudStorage",
            options=(
                ("bucket_name", self.bucket),
                ("file_overwrite", True),
                ("iam_sign_blob", self.credentials is None),
            ),
            secrets=(("credentials", self.credentials),) if self.credentials else (),
            extra="google",
        )
