"""How a site is, as the agent publishes it while somebody watches; `watch.py` finds it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """One service. `since` is in microseconds since 1970."""

    name: str
    role: str
    well: bool
    why: str
    systemd: str
    podman: str
    pulp: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHealth:
    """A site with its services. `last_apply` is in microseconds since 1970, 0 if nothing was applied yet."""

    name: str
    healthy: bool
    sentence: str
    generation: str
    last_apply: int
    url: str
    services: tuple[ServiceHealth, ...]


Publish = Callable[[SiteHealth], None]
"""Called with each new state; the same state again is nothing new, and costs nothing."""


class Ask(Protocol):
    """A question to a process of its own, such as `await ask("health", file, options)`: the value of its result."""

    async def __call__(self, verb: str, file: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Raises PulpQuadletError with what the process tells."""
        ...


Watcher = Callable[[str, Mapping[str, Any], Ask, Publish], Awaitable[None]]
"""`watch(file, options, ask, publish)` of `watch.py`: observes until it is cancelled. It raises PulpQuadletError when a
site cannot be watched at all, such as for a wrong site file; what is only ill is published.
"""
