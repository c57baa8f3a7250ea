"""One mistake in a site file, before it has a line and a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pulp_quadlet.config.finding import SitePath

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake at a path of the file. `at` is what to point at; a missing key is missed in its table."""

    path: SitePath
    code: str
    message: str
    help: tuple[str, ...] = ()
    at: Literal["key", "value", "table"] = "value"


def raw(document: Any, path: SitePath) -> Any:
    """What stands at a path of a parsed document; nothing that compares equal to anything when it is not there."""
    for step in path:
        if isinstance(document, dict):
            document = document.get(str(step), _NOTHING)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return _NOTHING
    return document
