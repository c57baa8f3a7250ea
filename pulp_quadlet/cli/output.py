"""What commands print: results to standard output, progress and errors to standard error."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from pulp_quadlet.errors import PulpQuadletError
from pulp_quadlet.printable import visible
from pulp_quadlet.report.problems import as_json, format_error


def colour(stream: Any) -> bool:
    """Whether a stream shows colours: only a terminal, and not when NO_COLOR says otherwise (no-color.org)."""
    import os

    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def say(text: str) -> None:
    """One result, for people."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """What goes on besides the results: at once, while standard output may wait to be written."""
    sys.stderr.write(f"{text}\n")


def say_json(value: Any) -> None:
    """One result, for programs."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def tell_error(error: PulpQuadletError, *, as_data: bool) -> None:
    """Problems go to standard error, and as JSON to standard output where that was asked for."""
    if as_data:
        say_json(as_json(error))
    else:
        sys.stderr.write(format_error(error, colour=colour(sys.stderr)))


@dataclass(slots=True)
class Progress:
    """Says each step when it begins and how long it took. On a terminal the latest line of a long step is shown."""

    quiet: bool = False
    _started: float = field(default_factory=time.monotonic)
    _open: bool = False

    def step(self, number: int, count: int, title: str, why: list[str]) -> None:
        """A step begins."""
        self.done()
        self._started = time.monotonic()
        self._open = True
        if not self.quiet:
            sys.stderr.write(f"[{number:2}/{count}] {visible(title)} ({visible('; '.join(why))})\n")

    def line(self, text: str) -> None:
        """A line of a long program. Off a terminal it would only fill logs; a failure shows the last ones anyway."""
        if not self.quiet and sys.stderr.isatty():
            shown = "".join(char for char in text if char.isprintable())[:100]
            sys.stderr.write(f"\r\x1b[K        {shown}")
            sys.stderr.flush()

    def noted(self, text: str) -> None:
        """Something happens that a person wants to know."""
        if not self.quiet:
            clear = "\r\x1b[K" if sys.stderr.isatty() else ""
            sys.stderr.write(f"{clear}        {visible(text)}\n")

    def clear(self) -> None:
        """Take the latest line of a long program away."""
        if not self.quiet and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def waiting(self, text: str) -> None:
        """All steps are done, and the change waits to be confirmed."""
        self.done()
        if not self.quiet:
            sys.stderr.write(f"{visible(text)}\n")

    def done(self) -> None:
        """The step that is open has ended."""
        if not self._open:
            return
        self._open = False
        took = time.monotonic() - self._started
        if not self.quiet:
            clear = "\r\x1b[K" if sys.stderr.isatty() else ""
            sys.stderr.write(f"{clear}        {took:.1f} s\n" if took >= 1 else clear)
