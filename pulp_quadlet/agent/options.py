"""The options of a call: those that are known, of the right type, and no other."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.dbus.errors import INVALID_ARGS, CallRefused

KNOWN: dict[str, tuple[str, ...]] = {
    "Check": ("host",),
    "Plan": ("host",),
    "History": ("host",),
    "Health": ("host",),
    "Apply": ("host", "plan"),
    "Try": ("host", "plan"),
    "Rollback": ("host",),
    "Watch": ("host",),
}
"""Which options a method takes; all of them are text."""

LONGEST_TRY = 86400
"""Seconds."""


def checked(member: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a call. Raises CallRefused: an option that is not understood may be one that matters."""
    for name, value in options.items():
        if name not in KNOWN.get(member, ()):
            raise CallRefused(INVALID_ARGS, f"{member} has no option `{name}`")
        if not isinstance(value, str):
            raise CallRefused(INVALID_ARGS, f"the option `{name}` of {member} is a text")
    return options


def checked_seconds(seconds: int) -> int:
    """The time of a try. Raises CallRefused."""
    if not 1 <= seconds <= LONGEST_TRY:
        raise CallRefused(INVALID_ARGS, f"a try lasts from 1 to {LONGEST_TRY} seconds, not {seconds}")
    return seconds
