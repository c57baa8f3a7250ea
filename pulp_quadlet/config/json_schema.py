"""The site file as a JSON Schema, for editors: completion, hints and underlined mistakes while one types.

It says what a schema can say. What needs the whole file to be judged is left to `pulp-quadlet check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from pulp_quadlet.config.tables import Site
from pulp_quadlet.schema.descriptions import descriptions
from pulp_quadlet.schema.table import SecretReference

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# Values that an editor offers, where the default alone does not show what a key is for.
EXAMPLES: dict[tuple[str, str], list[Any]] = {
    ("SiteTable", "url"): ["https://pulp.example.org", "http://pulp.example.org:8080"],
    ("ImageTable", "base"): ["docker.io/library/debian:trixie-slim", "docker.io/library/ubuntu:24.04"],
    ("ImageTable", "index_url"): ["https://pypi.example.org/simple/"],
    ("ImageTable", "wheels"): ["/srv/wheels"],
    ("ApiTable", "memory"): ["2G"],
    ("ContentTable", "memory"): ["512M"],
    ("WorkersTable", "memory"): ["2G"],
    ("DatabaseTable", "host"): ["db.example.org"],
    ("CacheTable", "host"): ["cache.example.org"],
    ("WebTable", "http"): [8080],
    ("WebTable", "https"): [443],
    ("SecretReference", "secret"): ["pulp-database-password"],
    ("SecretReference", "file"): ["/etc/pulp-quadlet/secrets/database-password"],
    ("S3", "endpoint"): ["https://s3.example.org"],
    ("Filesystem", "path"): ["/srv/pulp"],
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a site file."""
    schema = Site.model_json_schema(schema_generator=_Generator)
    tables = schema["$defs"]
    for (table, key), examples in EXAMPLES.items():
        tables[table]["properties"][key]["examples"] = examples
    for table in tables.values():
        table.pop("title", None)  # the name of a Python class
    # What the model checks in code: exactly one of the keys stands there.
    tables[SecretReference.__name__] |= {"minProperties": 1, "maxProperties": 1}
    head = {
        "$schema": DIALECT,
        "title": "site.toml of pulp-quadlet",
        "description": "One file describes a Pulp installation. See site.toml(5).",
        "examples": [{"site": {"url": "https://pulp.example.org"}}],
    }
    return head | {key: value for key, value in schema.items() if key not in head}


class _Generator(GenerateJsonSchema):
    """pydantic's generator, without what TOML does not have."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        for key, text in descriptions(_class_of(schema)).items():
            made["properties"][key]["description"] = text
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # TOML has no null: an optional key is one that may be left out.
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        default = schema.get("default")
        # The default of a table is that of each of its keys, so it is told there.
        if default is None or isinstance(default, BaseModel) or _has_tables(default):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return made | {"additionalProperties": False} if "patternProperties" in made else made

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the signature is pydantic's
        # A title made of the key's own name tells nothing, and editors show it in place of the description.
        return False


def _has_tables(default: Any) -> bool:
    return isinstance(default, dict) and any(isinstance(value, BaseModel) for value in default.values())


def _class_of(schema: core_schema.ModelSchema) -> type[BaseModel]:
    return cast("type[BaseModel]", schema["cls"])
