"""How a site is, as a sentence with a table, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pulp_quadlet.model.verdict import Row, Verdict
from pulp_quadlet.printable import visible

_HEADERS = ("", "SERVICE", "SYSTEMD", "PODMAN", "PULP")
_RED, _GREEN, _YELLOW, _BOLD, _RESET = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
_COLOURS = {"sick": _RED, "warning": _YELLOW, "info": ""}
_SIGNS = {"sick": "!!", "warning": "--", "info": "  "}


def verdict_text(verdict: Verdict, *, colour: bool) -> str:
    """The sentence first, then a row for each service, then what does not stand in a row: reasons and small margins."""
    lines = _table(verdict.rows)
    marks = [_BOLD, *(_GREEN if row.well else _RED for row in verdict.rows)]
    remarks = [
        *((_RED, f"!!  {row.complaint}") for row in verdict.rows if not row.well),
        *((_COLOURS[note.level], f"{_SIGNS[note.level]}  {note.text}") for note in verdict.notes),
    ]
    if remarks:
        lines.append("")
        marks.append("")
    lines += [visible(text) for _, text in remarks]
    marks += [mark for mark, _ in remarks]
    if colour:
        lines = [f"{mark}{line}{_RESET}" if mark else line for mark, line in zip(marks, lines, strict=True)]
    return "\n".join([visible(verdict.sentence), "", *lines])


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The same for programs, as it is read from JSON: `from_data` makes a verdict of it again."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(verdict).items()}


def _table(found: tuple[Row, ...]) -> list[str]:
    rows = [_HEADERS]
    rows += [("ok" if row.well else "!!", row.service, row.systemd, row.podman or "-", row.pulp) for row in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADERS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
