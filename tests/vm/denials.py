"""What the kernel of a guest denied, from the log of its audit daemon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lab.guest import Guest

LOG = "/var/log/audit/audit.log"
DENIED = re.compile(
    r"avc:\s+denied\s+\{ (?P<acts>[^}]+) \} for .*"
    r"scontext=\w+:\w+:(?P<source>\w+):\S+ tcontext=\w+:\w+:(?P<target>\w+):\S+ tclass=(?P<kind>\w+) "
    r"permissive=(?P<permissive>[01])"
)
OURS = ("pq_", "pulp_quadlet_")


@dataclass(frozen=True, slots=True, order=True)
class Denial:
    source: str
    target: str
    kind: str
    act: str

    @property
    def of_ours(self) -> bool:
        """Whether one of our domains was kept from something, or something of ours was kept from somebody."""
        return self.source.startswith(OURS) or self.target.startswith(OURS)


def denied(log: str, *, permissive: bool = False) -> set[Denial]:
    """What was denied, by the lines of a log; or what would have been, if its domain were not permissive."""
    found = [m for line in log.splitlines() if (m := DENIED.search(line)) and m["permissive"] == f"{permissive:d}"]
    return {Denial(m["source"], m["target"], m["kind"], act) for m in found for act in m["acts"].split()}


def of_ours(denials: Iterable[Denial]) -> list[str]:
    """Those that touch our types, once each, for a message that can be read."""
    return sorted(f"{d.source} {d.target}:{d.kind} {d.act}" for d in denials if d.of_ours)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the log. The daemon is not asked to begin a new file: a test writes far less than one holds."""

    guest: Guest
    begin: int

    @classmethod
    def now(cls, guest: Guest) -> Mark:
        return cls(guest, int(guest.run(["stat", "--format=%s", LOG]).stdout))

    @classmethod
    def of_all_time(cls, guest: Guest) -> Mark:
        """The beginning of the log."""
        return cls(guest, 0)

    def denials(self, *, permissive: bool = False) -> set[Denial]:
        """What was denied since."""
        return denied(self.guest.run(["tail", f"--bytes=+{self.begin + 1}", LOG]).stdout, permissive=permissive)

    def of_ours(self) -> list[str]:
        return of_ours(self.denials())
