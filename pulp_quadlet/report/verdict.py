"""How a site is, as a sentence with a table, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pulp_quadlet.model.verdict import Verdict

_HEADERS = ("", "SERVICE", "SYSTEMD", "PODMAN", "PULP")


def verdict_text(verdict: Verdict, *, colour: bool) -> str:
    """The sentence first, then a row for each service."""
    rows = [_HEADERS]
    rows += [
        ("ok" if row.well else "!!", row.service, row.systemd, row.podman or "-", row.pulp) for row in verdict.rows
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADERS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if colour:
        marks = ["\x1b[1m", *("\x1b[32m" if row.well else "\x1b[31m" for row in verdict.rows)]
        lines = [f"{mark}{line}\x1b[0m" for mark, line in zip(marks, lines, strict=True)]
    return "\n".join([verdict.sentence, "", *lines])


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The same for programs."""
    return asdict(verdict)
