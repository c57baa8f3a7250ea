"""Plugins and packages, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pulp_quadlet.locking.chains import Reason
from pulp_quadlet.locking.holders import Held
from pulp_quadlet.locking.moves import Move
from pulp_quadlet.model.plugin_data import PluginData
from pulp_quadlet.printable import visible

_HEADS = ("PLUGIN", "ASKED", "LOCKED", "RUNNING", "ENABLED", "SOURCE")
_MANY = 40
"""Packages that are new at a time; no plugin brings so many. It is a site that had no lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One plugin of a site file."""

    name: str
    asked: str
    """The range of versions; `*` where any will do."""
    locked: str
    running: str
    """The version that is applied on this host. Like `locked`, it is empty where there is none."""
    enabled: bool
    source: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As they are shown."""
        on = "yes" if self.enabled else "no"
        return (self.name, self.asked, self.locked or "-", self.running or "-", on, self.source)


def rows_text(rows: Sequence[Row]) -> str:
    """A table."""
    if not rows:
        return "The site has no plugins."
    cells = [_HEADS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADS))]
    return "\n".join(visible("  ".join(map(str.ljust, line, widths)).rstrip()) for line in cells)


def rows_json(rows: Sequence[Row]) -> dict[str, Any]:
    """The same for programs."""
    return {"plugins": [asdict(row) for row in rows]}


def reason_text(found: Reason) -> str:
    """Which requirements lead to a package, and who holds it back."""
    lines = [f"{found.package} {found.version} is there, because"]
    if found.asked:
        lines.append("    the site asks for it")
    for chain in found.chains:
        first, *others = chain
        links = [f"{first.name} {first.version}, which the site asks for, needs {first.asks}"]
        links += [f"{link.name} {link.version} needs {link.asks}" for link in others]
        lines.append("    " + "; ".join(links))
    lines += [f"{held.words}." for held in found.held]
    return "\n".join(visible(line) for line in lines)


def reason_json(found: Reason) -> dict[str, Any]:
    """The same for programs."""
    return asdict(found)


def moves_text(moves: Sequence[Move], held: Iterable[Held] = ()) -> str:
    """What becomes of the packages, and who is to blame for what becomes older. A first lock has nothing to move."""
    head = f"{_counted(len(moves), 'package')} of the image {'moves' if len(moves) == 1 else 'move'}:"
    lines = [head, *(f"    {move.words}" for move in moves)] if moves else []
    if len(moves) > _MANY and all(move.direction == "new" for move in moves):
        lines = [f"{len(moves)} packages are chosen for the image."]
    return "\n".join(visible(line) for line in (*lines, *(f"{each.words}." for each in held)))


def moves_json(moves: Iterable[Move], held: Iterable[Held]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "moves": [asdict(each) for each in moves],
        "held": [{**asdict(each), "words": each.words} for each in held],
    }


def data_text(data: Iterable[PluginData]) -> str:
    """What goes with a plugin."""
    return "\n".join(visible(line) for each in data for line in _data_lines(each))


def _data_lines(data: PluginData) -> Iterator[str]:
    there = [_counted(count, kind) for kind, count in data.counts if count]
    if not there:
        yield f"{data.package} has no repositories and no content; its tables go."
        return
    yield f"With {data.package} goes what it has in the database: {', '.join(there)}."
    total = dict(data.counts).get("repositories", 0)
    if data.names:
        more = f" and {total - len(data.names)} more" if total > len(data.names) else ""
        yield f"    repositories: {', '.join(data.names)}{more}"


def wall_text(wall: tuple[str, tuple[str, ...]] | None, plugins: Sequence[str]) -> str:
    """Up to where all this can move: what plugins are programmed against may change there."""
    if wall is None:
        return "No plugin says up to which pulpcore it works."
    limit, by = wall
    if set(plugins) <= set(by):
        return f"All plugins want pulpcore below {limit}: that is the next step, and it needs new releases of them all."
    others = ", ".join(by)
    return f"{others} {'wants' if len(by) == 1 else 'want'} pulpcore below {limit}, the other plugins take newer ones."


def _counted(number: int, noun: str) -> str:
    """The nouns are plural, as they are keys too."""
    if number != 1:
        return f"{number} {noun if noun.endswith('s') else noun + 's'}"
    return f"1 {'repository' if noun == 'repositories' else noun.removesuffix('s')}"
