"""What a storage backend adds to the site."""

from __future__ import annotations

from dataclasses import dataclass

from pulp_quadlet.schema.table import SecretReference

OptionValue = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageParts:
    """The settings of Django's storage, the secrets that fill some of them, and what the image must have."""

    backend: str
    """The Python class of the backend."""
    media_root: str = ""
    """The folder of artifacts; empty for object stores, as Pulp demands."""
    options: tuple[tuple[str, OptionValue], ...] = ()
    secrets: tuple[tuple[str, SecretReference], ...] = ()
    """Option names and the secrets that they take their value from."""
    extra: str | None = None
    """The optional dependency of pulpcore that the image needs."""
