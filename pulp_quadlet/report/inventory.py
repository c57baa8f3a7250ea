"""What a host has of a site, and what was removed of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulp_quadlet.printable import visible

_COUNTED = (("units", "unit"), ("links", "link"), ("generations", "generation"))
_NAMED = (
    ("networks", "network"),
    ("images", "image"),
    ("policies", "SELinux module"),
    ("folders", "folder"),
)


def inventory_text(sites: Sequence[Mapping[str, Any]]) -> str:
    """What would go and what would stay, for each site."""
    if not sites:
        return "This host has nothing of Pulp."
    return "\n".join(visible(line) for site in sites for line in _inventory(site))


def uninstalled_text(sites: Sequence[Mapping[str, Any]]) -> str:
    """What stays, after the rest has gone."""
    if not sites:
        return "This host has nothing of Pulp."
    return "\n".join(visible(line) for site in sites for line in _uninstalled(site))


def _inventory(site: Mapping[str, Any]) -> Iterable[str]:
    gone = [_some(site[key], word) for key, word in _COUNTED if site[key]]
    if not gone and not any(site[key] for key, _ in _NAMED):
        yield f"This host has nothing of {site['site']}."
    else:
        yield f"{site['site']} would be stopped and removed:"
        yield from (f"    - {line}" for line in [", ".join(gone)] if gone)
        yield from (f"    - {_some(site[key], word)}: {', '.join(site[key])}" for key, word in _NAMED if site[key])
    yield from _kept(site, "would stay")


def _uninstalled(site: Mapping[str, Any]) -> Iterable[str]:
    yield f"{site['site']} is uninstalled."
    yield from _kept(site, "stays")


def _kept(site: Mapping[str, Any], verb: str) -> Iterable[str]:
    if site["data"] or site["secrets"]:
        yield f"What {verb}:"
        yield from (f"    = {path}" for path in site["data"])
        yield from (f"    = secret {name}" for name in site["secrets"])


def _some(things: Sequence[object], word: str) -> str:
    return f"1 {word}" if len(things) == 1 else f"{len(things)} {word}s"
