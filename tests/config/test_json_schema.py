"""The JSON Schema for editors accepts what is right and underlines what a schema can see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomli
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from pulp_quadlet.config.diagnosis import shape
from pulp_quadlet.config.json_schema import DIALECT, EXAMPLES, json_schema
from pulp_quadlet.config.tables import Site

BROKEN = Path(__file__).parent.parent / "broken"
VALIDATOR = Draft202012Validator(json_schema())
SITE = '[site]\nurl = "https://pulp.example.org"\n'
GOOD = (
    SITE,
    SITE + "[workers]\ncount = 4\nmemory = '2G'\n",
    SITE + '[database]\nhost = "db"\npassword = { secret = "db" }\n',
    SITE + '[storage]\nbackend = "s3"\nbucket = "artifacts"\naccess_key = { file = "/etc/key" }\n',
    SITE + '[web]\ntls = { certificate = { file = "/c" }, key = { file = "/k" } }\naddresses = ["::"]\n',
    SITE + '[trust]\nca = "/etc/ca.pem"\n[settings]\nANALYTICS = false\n[plugins]\npulp-rpm = ">=3"\n',
    SITE + '[hosts.one]\naddress = "10.0.0.1"\nroles = ["api"]\n',
)
# What a schema sees; the rest needs code, or several tables at once.
SEEN = (
    "no-site",
    "no-url",
    "unknown-key",
    "unknown-table",
    "unknown-key-of-another-backend",
    "unknown-key-in-secret",
    "missing-key-of-backend",
    "missing-key-of-inline-table",
    "type-integer-as-string",
    "type-integer-as-fraction",
    "type-boolean-as-integer",
    "type-array-as-string",
    "type-table-as-array",
    "value-zero",
    "value-port-too-large",
    "value-empty-array",
    "value-name-in-capitals",
    "value-engine",
    "value-backend",
    "value-role",
    "value-memory",
    "value-tls",
    "value-setting-name",
    "value-host-name",
    "secret-literal",
    "secret-both",
    "secret-empty-table",
)


def test_is_a_schema() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["title"]


def test_speaks_of_nothing_that_toml_lacks() -> None:
    assert "null" not in json.dumps(json_schema())


@pytest.mark.parametrize("text", GOOD)
def test_accepts_what_is_right(text: str) -> None:
    document = tomli.loads(text)
    Site.model_validate(document)
    assert not list(VALIDATOR.iter_errors(document))


@pytest.mark.parametrize("case", SEEN)
def test_refuses_what_it_can_see(case: str) -> None:
    assert list(VALIDATOR.iter_errors(tomli.loads((BROKEN / f"{case}.toml").read_text())))


def test_every_table_is_closed_and_every_key_explained() -> None:
    for name, table in json_schema()["$defs"].items():
        if table.get("type") != "object":
            continue
        assert table["additionalProperties"] is False, name
        for key, value in table["properties"].items():
            assert value.get("description"), f"{name}.{key}"


@pytest.mark.parametrize(("table", "key"), EXAMPLES)
def test_examples_are_right(table: str, key: str) -> None:
    (annotation,) = {shape.fields(home.table)[key] for home in shape.homes(Site) if home.table.__name__ == table}
    for example in EXAMPLES[table, key]:
        TypeAdapter(annotation).validate_python(example)
