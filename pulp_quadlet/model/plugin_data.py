"""What plugins have in Pulp's database."""

from __future__ import annotations

from dataclasses import dataclass

from pulp_quadlet.model.migration import DatabaseFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginData:
    """What goes when a plugin is removed with its data."""

    package: str
    counts: tuple[tuple[str, int], ...]
    """Kinds of things with how many there are of each: `repositories`, 3."""
    names: tuple[str, ...] = ()
    """Of its repositories, ten at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Several plugins, in one database."""

    database: DatabaseFacts
    plugins: tuple[PluginData, ...]
    """Those that the image has."""
