"""The one place where problems are printed: for people with the source line and carets, for programs as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulp_quadlet.printable import cell_width, shown, visible

if TYPE_CHECKING:
    from pulp_quadlet.errors import Location, Problem, PulpQuadletError

_WINDOW = 100  # cells of a source line that are shown at most
_CONTEXT = 30  # cells that are shown before the place, when the line is cut there
_TAB = 4  # how wide a tab is shown; carets stand below spaces, never below a real tab

_RED, _BLUE, _BOLD, _RESET = "\033[1;31m", "\033[1;34m", "\033[1m", "\033[0m"


def format_error(error: PulpQuadletError, *, colour: bool) -> str:
    """All problems of an error, and a last line that tells whether anything was changed."""
    parts = [format_problem(problem, colour=colour) for problem in error.problems]
    return "\n".join([*parts, _summary(error)])


def format_problem(problem: Problem, *, colour: bool) -> str:
    """One problem, with its line of the file if it has a place. Ends with a line feed."""
    paint = _Paint(on=colour)
    where = problem.where
    place = f"{visible(where.path)}:{where.line}:{where.column}: " if where else ""
    head = f"{paint.bold(place)}{paint.red(f'error[{problem.code}]')}{paint.bold(': ' + visible(problem.message))}"
    margin = " " * (len(str(where.line)) + 1) if where else "  "
    lines = [head]
    if where and where.source:
        lines += _excerpt(where, margin, paint)
    lines += _remarks("note", problem.notes, margin, paint)
    lines += _remarks("help", problem.help, margin, paint)
    return "\n".join(lines) + "\n"


def as_json(error: PulpQuadletError) -> dict[str, Any]:
    """The same for programs; the keys are part of the command line's contract."""
    return {
        "outcome": error.outcome,
        "exit_code": int(error.exit_code),
        "problems": [
            {
                "code": problem.code,
                "message": problem.message,
                "where": _place(problem.where) if problem.where else None,
                "notes": list(problem.notes),
                "help": list(problem.help),
            }
            for problem in error.problems
        ],
    }


def _place(where: Location) -> dict[str, str | int]:
    return {
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "width": where.width,
        "source": where.source,
    }


def _summary(error: PulpQuadletError) -> str:
    count = len(error.problems)
    files = Counter(problem.where.path for problem in error.problems if problem.where)
    place = f" in {visible(files.most_common(1)[0][0])}" if len(files) == 1 else ""
    return f"{count} problem{'' if count == 1 else 's'}{place}; {visible(error.outcome)}\n"


def _remarks(kind: str, remarks: tuple[str, ...], margin: str, paint: _Paint) -> list[str]:
    lines: list[str] = []
    for remark in remarks:
        first, *rest = remark.splitlines() or [""]
        lines.append(f"{margin} {paint.blue('=')} {paint.bold(kind)}: {visible(first)}")
        lines += [f"{margin}   {' ' * len(kind)}  {visible(line)}" for line in rest]
    return lines


def _excerpt(where: Location, margin: str, paint: _Paint) -> list[str]:
    text, indent, width = _window(where)
    return [
        f"{margin} {paint.blue('|')}",
        f"{' ' * (len(margin) - len(str(where.line)))}{paint.blue(f'{where.line} |')} {text}".rstrip(),
        f"{margin} {paint.blue('|')} {' ' * indent}{paint.red('^' * width)}",
    ]


def _window(where: Location) -> tuple[str, int, int]:
    """The part of the source line to show, and where its carets begin and how many they are, in cells."""
    start = where.column - 1
    end = start + where.width
    line = where.source
    before, place, after = (_cells(part) for part in (line[:start], line[start:end], line[end:]))
    width = sum(cell_width(cell) for cell in place) or 1
    indent = sum(cell_width(cell) for cell in before)
    if indent + width + sum(cell_width(cell) for cell in after) <= _WINDOW:
        return "".join((*before, *place, *after)), indent, width
    if indent > _CONTEXT and indent + width > _WINDOW:
        before = ["…", *_tail(before, _CONTEXT)]
        indent = sum(cell_width(cell) for cell in before)
    kept = _head([*place, *after], _WINDOW - indent)
    if len(kept) < len(place) + len(after):
        width = min(width, sum(cell_width(cell) for cell in kept) or 1)
        kept.append("…")
    return "".join((*before, *kept)), indent, width


def _head(cells: list[str], limit: int) -> list[str]:
    """As many cells from the beginning as fit."""
    room = limit
    for index, cell in enumerate(cells):
        room -= cell_width(cell)
        if room < 0:
            return cells[:index]
    return cells[:]


def _tail(cells: list[str], limit: int) -> list[str]:
    return _head(cells[::-1], limit)[::-1]


def _cells(text: str) -> list[str]:
    return [" " * _TAB if char == "\t" else shown(char) for char in text]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paint:
    on: bool

    def red(self, text: str) -> str:
        return self._with(_RED, text)

    def blue(self, text: str) -> str:
        return self._with(_BLUE, text)

    def bold(self, text: str) -> str:
        return self._with(_BOLD, text)

    def _with(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self.on and text else text
