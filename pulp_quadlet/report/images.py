"""Images in words: those of a site, what an audit found in them, and what goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulp_quadlet.printable import visible

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def images_text(told: Sequence[Mapping[str, Any]], now: float) -> str:
    """A row for each image of a site."""
    rows: list[tuple[str, ...]] = [("ROLE", "IMAGE", "ID", "SIZE", "AGE", "GENERATIONS")]
    rows += [_row(each, now) for each in told]
    return table(rows)


def audit_text(told: Mapping[str, Any]) -> str:
    """What was found, and what could not be told."""
    images = _some(len(told["images"]), "image")
    found = told["findings"]
    if found:
        lines = [f"{_some(len(found), 'finding')} in {images}:", ""]
        lines += table(
            [("ROLE", "FOUND", ""), *((each["role"], each["kind"], each["message"]) for each in found)]
        ).split("\n")
    else:
        lines = [f"Nothing was found: {images} are what their bills of materials say."]
    return "\n".join([*lines, "", *_known(told)])


def pruned_text(told: Mapping[str, Any]) -> str:
    """What went, or would go."""
    things = [*told["images"], *(f"the wheel {path}" for path in told["wheels"])]
    if not things:
        return "Nothing is to be removed: a generation that is kept needs each image and wheel."
    verb = "would be removed" if told["dry_run"] else "is removed" if len(things) == 1 else "are removed"
    lines = (f"    - {visible(each)}" for each in things)
    return "\n".join([f"{_some(len(things), 'thing')} {verb}, up to {size_text(told['bytes'])}:", *lines])


def size_text(size: float) -> str:
    """As Podman tells sizes."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns, the last of which may be as wide as it likes."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(visible(line) for line in lines)


def _row(told: Mapping[str, Any], now: float) -> tuple[str, ...]:
    generations = ", ".join(map(str, told["generations"])) or "-"
    if not told["id"]:
        return told["role"], told["reference"], "not here", "-", "-", generations
    return (
        told["role"],
        told["reference"],
        told["id"][:12],
        size_text(told["size"]),
        _age(now - told["created"]),
        generations,
    )


def _age(seconds: float) -> str:
    return next(
        (f"{seconds / unit:.0f} {name}" for unit, name in _UNITS if seconds >= unit), f"{max(seconds, 0):.0f} s"
    )


def _known(told: Mapping[str, Any]) -> list[str]:
    if not told["asked"]:
        return ["Whether versions are known to be vulnerable was not asked."]
    answered = told["asked"] - told["untold"]
    lines = [f"The package index knows of {_some(told['vulnerable'], 'vulnerable package')} among {answered}."]
    if told["untold"]:
        lines.append(f"It cannot tell of {told['untold']} others: {'; '.join(told['silent'])}.")
    return [visible(line) for line in lines]


def _some(count: int, word: str) -> str:
    return f"1 {word}" if count == 1 else f"{count} {word}s"
