"""What is served: whoever offers an object on the bus offers this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: a connection by its unique name, and whether it lets us ask its user for a password."""

    name: str
    interactive: bool


class Target(Protocol):
    """One interface of one object. Values are plain in both directions; the contract says their types."""

    async def call(self, member: str, arguments: list[Any], caller: Caller) -> Sequence[Any]:
        """The results, as many as the contract has; `()` for none.

        Raises CallRefused for an error with a name of its own, or a PulpQuadletError. Anything else is a bug.
        """
        ...

    def properties(self) -> dict[str, Any]:
        """The present values of all properties."""
        ...
