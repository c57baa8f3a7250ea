"""One unit while it is written: the template says which keys, this says how they are spelled and who asked for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pulp_quadlet.errors import Problem
from pulp_quadlet.quadlet.downgrade import fit
from pulp_quadlet.quadlet.encode import Inexpressible, encode
from pulp_quadlet.quadlet.unit import Entry, Unit
from pulp_quadlet.quadlet.version import PodmanVersion

SitePath = tuple[str | int, ...]


@dataclass(slots=True)
class Sheet:
    """Collects the entries of one unit; templates call `section` and `key`, and nothing else writes a value."""

    name: str
    version: PodmanVersion
    entries: list[Entry] = field(default_factory=list)
    problems: list[tuple[SitePath, Problem]] = field(default_factory=list)
    _section: str = ""
    _later: dict[str, list[str]] = field(default_factory=dict)

    def section(self, name: str) -> str:
        """The header of a section, to which the following keys belong; and what earlier ones left to it."""
        self._section = name
        return "\n".join([f"[{name}]", *self._later.pop(name, [])])

    def key(self, name: str, *value: str, origin: SitePath = ()) -> str:
        """One key with its literal value, one word or several, spelled for the target's version of Podman.

        What an older version says by a key of a section that comes later stands there.
        """
        meant = Entry(self._section, name, value[0] if len(value) == 1 else value, origin)
        # a command that is written otherwise names the container
        named = tuple(entry for entry in self.entries if entry.key == "ContainerName")
        fitted, refusals = fit(Unit(self.name, (*named, meant)), self.version)
        self.problems += [(origin, problem) for _, problem in refusals]
        lines: list[str] = []
        for entry in fitted.entries[len(named) :]:
            try:
                line = f"{entry.key}={encode(entry, self.version)}"
            except Inexpressible as error:
                self.problems.append((origin, self._inexpressible(error)))
            else:
                self.entries.append(entry)
                (lines if entry.section == self._section else self._later.setdefault(entry.section, [])).append(line)
        return "\n".join(lines)

    def unit(self) -> Unit:
        """What was written, as a value."""
        return Unit(self.name, tuple(self.entries))

    def _inexpressible(self, error: Inexpressible) -> Problem:
        return Problem(
            code="inexpressible",
            message=f"this value cannot be written into a unit for Podman {self.version}: {error.reason}",
            notes=(f"it would be `{error.entry.key}` of {self.name}",),
        )
