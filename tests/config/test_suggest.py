"""The word that was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.config.diagnosis.repair import repaired
from pulp_quadlet.config.diagnosis.suggest import closest, distance
from pulp_quadlet.schema.words import Memory, Name, Origin, PluginName, SettingName

KEYS = ("name", "url", "index_url", "pip_options", "memory", "count", "workers", "ca", "host", "http", "https", "port")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nmae", "name"),
        ("Name", "name"),
        ("index-url", "index_url"),
        ("pip options", "pip_options"),
        ("mem", "memory"),
        ("worker", "workers"),
        ("htpp", "http"),
        ("htpps", "https"),
        ("prot", "port"),
        ("hots", "host"),
        ("cuont", "count"),
        ("a", None),
        ("xyzzy", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_closest(written: str, meant: str | None) -> None:
    assert closest(written, KEYS) == meant


@given(st.text(max_size=8), st.text(max_size=8))
def test_distance_is_a_measure(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) <= max(len(one), len(other))
    assert (distance(one, other) == 0) == (one == other)


@given(st.text(min_size=2, max_size=8), st.data())
def test_swapped_neighbours_are_one_step(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    assert distance(word, swapped) <= 1


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (Memory, "2 GB", "2G"),
        (Memory, "512MiB", "512M"),
        (Memory, "2g", "2G"),
        (Memory, "lots", None),
        (Name, "Pulp", "pulp"),
        (Name, "my pulp", "my-pulp"),
        (Origin, "pulp.example.org", "https://pulp.example.org"),
        (PluginName, "pulp_rpm", "pulp-rpm"),
        (SettingName, "allowed-content", "ALLOWED_CONTENT"),
        (Name, "", None),
        (Name, "P\x1b", None),
        (Name, "P" * 10_000, None),
    ],
)
def test_repaired(kind: object, written: str, meant: str | None) -> None:
    assert repaired(kind, written) == meant
