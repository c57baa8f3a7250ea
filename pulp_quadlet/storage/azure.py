"""Artifacts in an Azure blob container."""

from __future__ import annotations

from typing import Literal

from pulp_quadlet.schema.table import SecretReference, Table
from pulp_quadlet.schema.words import AbsolutePath, BucketName, Url
from pulp_quadlet.storage.parts import OptionValue, StorageParts


class Azure(Table):
    """Artifacts in an Azure blob container."""

    backend: Literal["azure"]
    """Where artifacts are kept."""
    account: BucketName
    """The storage account."""
    container: BucketName
    """The blob container, which must exist."""
    account_key: SecretReference
    """The account's key."""
    endpoint: Url | None = None
    """The server, when it is not Microsoft's public cloud."""
    path: AbsolutePath | None = None
    """A folder of the host for temporary files; it needs room for the largest sync."""

    def parts(self) -> StorageParts:
        """Options of django-storages' Azure backend; links expire, since artifacts may be guarded."""
        options: list[tuple[str, OptionValue]] = [
            ("account_name", self.account),
            ("azure_container", self.container),
            ("expiration_secs", 3600),
            ("overwrite_files", True),
        ]
        if self.endpoint:
            options.append(("azure_endpoint", self.endpoint))
        return StorageParts(
            backend="storages.backends.azure_storage.AzureStorage",
            options=tuple(options),
            secrets=(("account_key", self.account_key),),
            extra="azure",
        )
