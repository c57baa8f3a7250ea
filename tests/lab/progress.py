"""One line for each step, with the time that it took."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def step(what: str) -> Iterator[None]:
    """Time what is done inside, and say so on standard error when it ends."""
    begin = time.monotonic()
    if sys.stderr.isatty():
        sys.stderr.write(f"[     ...] {what}\r")
        sys.stderr.flush()
    outcome = " FAILED"
    try:
        yield
        outcome = ""
    finally:
        sys.stderr.write(f"[{time.monotonic() - begin:7.1f}s] {what}{outcome}\n")
        sys.stderr.flush()
