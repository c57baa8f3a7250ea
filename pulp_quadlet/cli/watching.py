"""`status --watch`: what the agent publishes, as it changes."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from pulp_quadlet.cli.bus import the_agent
from pulp_quadlet.cli.output import colour
from pulp_quadlet.printable import visible

_REST = 1.0  # seconds before an agent that has gone is asked again


@dataclass(slots=True)
class Changes:
    """Prints a line for each change that a person would call one."""

    as_json: bool
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def changed(self, path: str, values: dict[str, Any]) -> None:
        """See `Agent.watch`. All values of an object come first, then those that change."""
        kind = next((kind for kind in ("site", "service") if f"/{kind}/" in path), None)
        if kind is None:
            return
        before = self._known.get(path, {})
        now = {**before, **values}
        if now == before:
            return
        self._known[path] = now
        if self.as_json:
            self._write(json.dumps({"kind": kind, **now}, ensure_ascii=False))
        elif kind == "site" and now.get("Sentence") != before.get("Sentence"):
            self._write(self._line(str(now.get("Sentence")), well=bool(now.get("Healthy"))))
        elif kind == "service" and _gist(now) != _gist(before) and (before or not now.get("Well")):
            why = now.get("Why") or f"{now.get('Systemd')}, {now.get('Podman') or 'no health check'}"
            self._write(self._line(f"{now.get('Name')}: {why}", well=bool(now.get("Well"))))

    def _line(self, text: str, *, well: bool) -> str:
        line = f"{time.strftime('%H:%M:%S')} {'ok' if well else '!!'}  {visible(text)}"
        return f"\x1b[{32 if well else 31}m{line}\x1b[0m" if colour(sys.stdout) else line

    def _write(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _gist(values: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a line; an age in a reason that grows does not."""
    return tuple(values.get(name) for name in ("Well", "Systemd", "Podman"))


async def follow(file: str, options: dict[str, Any], *, as_json: bool) -> None:
    """Print changes for ever; an agent that has gone is started anew. Raises PulpQuadletError when it cannot be."""
    changes = Changes(as_json)
    while True:
        async with the_agent() as agent:
            await agent.watch(file, options, changes.changed)
        await asyncio.sleep(_REST)
