"""What the agent asks of a process of its own, and what passes between the two meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from pulp_quadlet.changing.host import Tell


class Events(Tell, Protocol):
    """Who hears how far it is."""

    def waiting(self, seconds: float, text: str) -> None:
        """A try waits for its confirmation."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request of the agent."""

    verb: str
    file: Path
    host: str | None
    options: Mapping[str, Any]
    job: int
    user: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """As it comes over the pipe."""
        return cls(
            verb=data["verb"],
            file=Path(data["file"]),
            host=data.get("host"),
            options=data.get("options", {}),
            job=data.get("job", 0),
            user=data.get("user", ""),
        )


@dataclass(slots=True)
class Controls:
    """What the agent may say meanwhile."""

    confirmed: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False
