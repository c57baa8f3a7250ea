"""The base of all tables, and the one way to speak of a secret."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from pulp_quadlet.schema.words import AbsolutePath, SecretName, refuse


class Table(BaseModel):
    """One table of the site file: frozen, typed strictly, no key but those named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class SecretReference(Table):
    """Where a secret comes from: never the secret itself."""

    secret: SecretName | None = None
    """The name of a Podman secret that exists on the host."""
    file: AbsolutePath | None = None
    """A file on the host, readable by root alone, whose content becomes a Podman secret."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.secret is None) == (self.file is None):
            raise refuse(
                "secret-reference",
                "expected exactly one of `secret` and `file`",
                'write `{ secret = "name" }` or `{ file = "/path" }`',
            )
        return self
