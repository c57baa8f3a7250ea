"""What an image would do to the database, as it was found and as it is judged.

Nothing here was done: migrations are looked at in the new image, against the living database, before anything is
touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["none", "first", "rolling", "stop"]
"""Nothing to do; an empty database; migrate beside the running processes; stop them first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A constraint of a migration: no process may run an older version of this component."""

    component: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMigration:
    """A migration that the image has and the database has not."""

    app: str
    name: str
    operations: int = 0
    atomic: bool = True
    """Whether a failure leaves nothing of it behind."""
    concurrent: bool = False
    """Whether all that it does to the database is to make or drop indexes while others write."""
    one_way: tuple[str, ...] = ()
    """Operations without a way back: `RunPython split_evr`."""
    removes: tuple[str, ...] = ()
    """What it removes, with its data: `field task.worker`, `model worker`."""
    renames: tuple[str, ...] = ()
    """What running processes would look for under its old name: `field task.state to status`."""
    requires: tuple[Requirement, ...] = ()
    new_app: bool = False
    """Whether the database has nothing of its app yet, so that there is nothing to lose."""
    rows_by_program: int = 0
    """Rows of the tables that its Python names. PostgreSQL's own estimate."""
    rows_by_database: int = 0
    """Rows of the tables that its SQL names, or that get an index."""

    @property
    def title(self) -> str:
        """As Pulp's developers call it: `core.0144_delete_old_appstatus`."""
        return f"{self.app}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProcess:
    """A process of Pulp that counts as alive: its heartbeat in the database is younger than its time to live."""

    kind: str
    """`api`, `content` or `worker`."""
    name: str
    """`PID@HOST`, on whichever host it runs."""
    versions: tuple[tuple[str, str], ...]
    """Components with the versions that it runs."""
    age: float
    """Seconds since its last heartbeat, by the clock of the database."""
    ttl: float
    """Seconds after which it does not count any more. Pulp deletes such rows before it migrates."""

    @property
    def patience(self) -> float:
        """Seconds for which the row still counts if its process is gone: a killed one cannot delete it."""
        return max(0.0, self.ttl - self.age)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """The database that was asked. There is no password here."""

    host: str
    port: str
    name: str
    user: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the image found."""

    versions: tuple[tuple[str, str], ...]
    """Components of the image with their versions, named as in core_appstatus."""
    first: bool
    """Whether the database has no Pulp in it yet."""
    pending: tuple[PendingMigration, ...]
    """In the order in which they would be done."""
    ahead: tuple[str, ...]
    """Migrations that the database has and the image does not know: it is older than the database."""
    processes: tuple[LiveProcess, ...]
    database: DatabaseFacts

    @property
    def patience(self) -> float:
        """Seconds after which no row of a killed process counts any more."""
        return max((process.patience for process in self.processes), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStep:
    """One migration, and what is special about it. Most have nothing."""

    title: str
    special: tuple[str, ...] = ()
    one_way: bool = False
    """Whether only a dump of the database could undo it; never where its app is new, which has nothing to lose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """How the database gets from what it is to what the image needs."""

    mode: Mode
    reasons: tuple[str, ...] = ()
    steps: tuple[MigrationStep, ...] = field(default=())
    minutes: int = 0
    """In mode `stop`: for about how long Pulp does not answer."""
    dump: bool = False
    """Whether to dump the database first. In mode `stop` that is the way back; beside running processes it is a copy
    for the worst case only, since they go on to write."""
    advice: tuple[str, ...] = ()
    """What a person should do before, since we cannot."""
    removes: tuple[str, ...] = ()
    """Packages of plugins whose data is removed from the database before it is migrated."""
    ahead: tuple[str, ...] = ()
    """Migrations that the image does not know. An older image needs the database of its time: a dump to restore."""
