"""Values to those of the bus and back."""

from __future__ import annotations

from typing import Any

import pytest

from pulp_quadlet.dbus.library import Variant
from pulp_quadlet.dbus.values import Typed, plain, wire


@pytest.mark.parametrize(
    ("value", "signature"),
    [
        (True, "b"),
        (5, "x"),
        (0.5, "d"),
        ("text", "s"),
        (b"bytes", "ay"),
        ([], "as"),
        (["one", "two"], "as"),
        ([1, "two"], "av"),
        ({"key": 1}, "a{sv}"),
        (Typed("o", "/path"), "o"),
        (Typed("(us)", (1, "two")), "(us)"),
    ],
)
def test_values_in_variants_have_a_natural_type(value: Any, signature: str) -> None:
    [variant] = wire("v", [value])
    assert variant.signature == signature
    assert isinstance(variant, Variant)


def test_variants_are_taken_apart_however_deep() -> None:
    told = {"list": [1, {"deep": [True, 0.5]}], "text": "words"}
    assert plain(wire("a{sv}", [told])) == [told]


def test_structures_may_be_tuples() -> None:
    assert wire("(sa{sv})as", [("name", {}), ("one",)]) == [["name", {}], ["one"]]


def test_text_loses_what_the_bus_would_close_the_connection_for() -> None:
    assert wire("sas", ["a\0b", ["\udcff"]]) == ["a�b", ["?"]]


@pytest.mark.parametrize(
    ("signature", "values"),
    [
        ("s", ["one", "two"]),
        ("ss", ["one"]),
        ("s", "s"),
        ("as", ["text"]),
        ("u", [-1]),
        ("o", ["no path"]),
        ("s", [None]),
        ("v", [None]),
        ("(ss)", [("one",)]),
        ("a{sv}", [{1: "one"}]),
    ],
)
def test_what_does_not_fit_is_refused(signature: str, values: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        wire(signature, values)
