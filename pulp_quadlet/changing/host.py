"""What a change needs of the machine, and who hears how far it is."""

from __future__ import annotations

from typing import Protocol

from pulp_quadlet.changing import apply, drain
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Generation, Transaction
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.steps import Step
from pulp_quadlet.model.verdict import Observations


class Host(apply.Host, drain.Host, Protocol):
    """The machine, as a change needs it. Every method raises HostError."""

    async def observe(self, wanted: Generation) -> HostState:
        """What is there and what runs; reads only."""
        ...

    async def look(self, deployment: Deployment) -> Observations:
        """How the services are, in their own words."""
        ...

    async def stage(self, generation: Generation) -> int:
        """Write a generation beside the others, whole, and return its number. Nothing reads it yet."""
        ...

    async def restage(self, site: str, number: int) -> None:
        """Make the files of a generation again what was written there, where somebody altered them."""
        ...

    async def transaction(self, site: str) -> Transaction | None:
        """The change that was begun and not ended."""
        ...

    async def begin(self, transaction: Transaction) -> None:
        """Write down a change before its first step, or how far it has come."""
        ...

    async def good(self, site: str) -> int:
        """The generation that was committed last; 0 where there is none."""
        ...

    async def commit(self, site: str, number: int, dump: str = "") -> None:
        """From here on this generation is what is gone back to. `dump` is what was made before its migrations."""
        ...

    async def end(self, site: str) -> None:
        """Forget what was written down of the change, and the former bytes of its secrets; drop old generations."""
        ...

    async def prune(self) -> None:
        """Remove images and wheels of ours that no kept generation of any site needs, and nobody uses."""
        ...

    async def restore_secrets(self, names: tuple[str, ...]) -> None:
        """Give secrets the bytes that they had before the change."""
        ...

    async def restore_database(self, generation: Generation, dump: str) -> None:
        """Make the database what it was when it was dumped. No process of Pulp runs meanwhile."""
        ...

    async def settle_database(self, generation: Generation) -> None:
        """End what an interrupted dump left running in the database, if that runs: it would hold locks."""
        ...


class Tell(Protocol):
    """Who hears how far a change is."""

    def step(self, number: int, count: int, step: Step) -> None:
        """A step begins."""
        ...

    def say(self, sentence: str) -> None:
        """Something that a person wants to know, between the steps."""
        ...
