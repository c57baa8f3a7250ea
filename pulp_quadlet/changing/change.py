"""A change before it is made, and when it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pulp_quadlet.changing import gate
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.steps import Step
from pulp_quadlet.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done, as it was planned."""

    wanted: Generation
    plan: Plan
    state: HostState
    versions: gate.Versions = ()
    """Those of the new image, where it is another one."""
    surveyed: bool = False
    """Whether the new image was asked what it would do to the database."""
    done: tuple[Step, ...] = ()
    """Steps that were done before this was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a change ended."""

    plan: Plan
    verdict: Verdict
    generation: int


Confirmed = Callable[[Verdict], Awaitable[None]]
"""Waits for somebody who says that all is well, and raises HostError when nobody does."""
