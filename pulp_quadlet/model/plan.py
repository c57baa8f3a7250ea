"""What will be done, and what is told besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pulp_quadlet.model.migration import MigrationPlan
from pulp_quadlet.model.steps import ChangeUnit, ProvideImage, StartUnits, Step

Blame = Callable[[str], str]
"""For a file of the tree by its path, a clause about the keys of the site file that changed it, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Something on the host that is not as it was applied, and that nobody asked for in the site file."""

    what: str
    """A file, unit or container."""
    how: str
    """A clause: `was altered by hand`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in the order in which they are done. No step means that nothing has to change."""

    site: str
    steps: tuple[Step, ...]
    drift: tuple[Drift, ...] = ()
    """What the steps mend besides what the site file asks for."""
    migration: MigrationPlan | None = None
    """How the database is brought up to date; None where that is not known, or nothing has to be done."""
    kept: tuple[str, ...] = ()
    """What holds data and is not used any more: folders and secrets, which are never removed."""

    @property
    def images(self) -> tuple[Step, ...]:
        """The steps that change nothing of what runs, and come first."""
        return tuple(step for step in self.steps if isinstance(step, ProvideImage))

    @property
    def migrates(self) -> bool:
        """Whether the migration runs again."""
        marks = (mark for step in self.steps if isinstance(step, StartUnits | ChangeUnit) for mark in _marked(step))
        return any(name.endswith("-migrate") for name in marks)


def _marked(step: StartUnits | ChangeUnit) -> tuple[str, ...]:
    if isinstance(step, StartUnits):
        return tuple(name for name, _ in step.marks)
    return (step.unit.removesuffix(".service"),) if step.mark else ()
