"""Every key of the site file says what it is for, in the words that stand below it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pulp_quadlet.config.json_schema import json_schema
from pulp_quadlet.schema.descriptions import descriptions


class _Plain(BaseModel):
    first: int = 1
    """What the first is for.

    And how it is used.
    """
    silent: int = 2
    last: int = 3
    """What the last is for."""


class _Heir(_Plain):
    last: int = 4
    """What it is for now."""


class _ReadByPydantic(_Plain):
    model_config = ConfigDict(use_attribute_docstrings=True)
    last: int = 4
    """What it is for now."""


def test_texts_stand_below_their_keys() -> None:
    assert descriptions(_Plain) == {
        "first": "What the first is for.\n\nAnd how it is used.",
        "last": "What the last is for.",
    }


def test_an_heir_has_its_parents_texts_and_its_own() -> None:
    assert descriptions(_Heir) == descriptions(_Plain) | {"last": "What it is for now."}


def test_pydantic_would_read_the_same() -> None:
    assert _ReadByPydantic.model_fields["last"].description == descriptions(_Heir)["last"]


def test_no_key_is_without() -> None:
    silent = [
        f"{name}.{key}"
        for name, table in json_schema()["$defs"].items()
        for key, known in table["properties"].items()
        if not known.get("description")
    ]
    assert silent == []
