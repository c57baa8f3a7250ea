"""Explained denials as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pulp_quadlet.errors import Location
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.printable import visible
from pulp_quadlet.selinux.explain import AGENT, ENGINE, Explained, Explanation

Locate = Callable[[SitePath], Location | None]
_REPORT = "nobody has thought of this: report it to pulp-quadlet with the line below"


def denials_text(found: Explanation, locate: Locate) -> str:
    """Each kind of denial with what would allow it, or why it stays denied."""
    lines = [line for group in found.groups for line in _group(group, locate)]
    if not lines:
        lines = ["Nothing of Pulp was denied."]
    if found.others:
        lines.append(f"{_times(found.others, 'denial')} of other programs of this host: see ausearch(8)")
    return "\n".join(visible(line) for line in lines)


def denials_json(found: Explanation, locate: Locate) -> dict[str, Any]:
    """The same for programs."""
    return {"denials": [_group_json(group, locate) for group in found.groups], "others": found.others}


def _group(group: Explained, locate: Locate) -> Iterator[str]:
    last = f", last at {_moment(group.last)}" if group.last else ""
    programs = f" ({', '.join(group.programs)})" if group.programs else ""
    yield f"{_who(group)}{programs}: {group.act}"
    yield f"    {'told, and done' if group.permissive else 'denied'}: {_times(group.count, 'time')}{last}"
    if not group.why:
        yield f"    = {_REPORT}"
        yield f"      {group.rule}"
        return
    yield f"    = why: {group.why}"
    if group.key:
        yield f"    = allowed by `{group.value}` in `[{group.key[0]}]`{_place(locate(group.key))}"


def _who(group: Explained) -> str:
    if group.role == AGENT:
        return "the agent of pulp-quadlet"
    who = {ENGINE: "Podman", "other": "another program"}.get(group.role, group.role)
    return f"{group.site}, {who}" if group.site else who


def _place(where: Location | None) -> str:
    if where is None:
        return ", which the site file does not have"
    return f": {where.path}:{where.line}"


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _times(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number} {word}s"


def _group_json(group: Explained, locate: Locate) -> dict[str, Any]:
    where = locate(group.key) if group.key else None
    place = {"path": where.path, "line": where.line} if where else None
    return {**asdict(group), "key": ".".join(str(part) for part in group.key), "where": place}
