"""The options of a call: those that are known, of the right type, and no other."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.dbus.errors import INVALID_ARGS, CallRefused

KNOWN: dict[str, dict[str, type]] = {
    "Check": {"host": str},
    "Plan": {"host": str},
    "History": {"host": str},
    "Health": {"host": str},
    "Apply": {"host": str, "plan": str, "remove_plugins": str},
    "Try": {"host": str, "plan": str},
    "Rollback": {"host": str, "restore_database": bool},
    "Inventory": {"all": bool},
    "Uninstall": {"all": bool},
    "Watch": {"host": str},
}
"""Which options a method takes, and of which type each is."""

LONGEST_TRY = 86400
"""Seconds."""


def checked(member: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a call. Raises CallRefused: an option that is not understood may be one that matters."""
    for name, value in options.items():
        kind = KNOWN.get(member, {}).get(name)
        if kind is None:
            raise CallRefused(INVALID_ARGS, f"{member} has no option `{name}`")
        if not isinstance(value, kind):
            wanted = {str: "a text", bool: "true or false"}[kind]
            raise CallRefused(INVALID_ARGS, f"the option `{name}` of {member} is {wanted}")
    return options


def checked_seconds(seconds: int) -> int:
    """The time of a try. Raises CallRefused."""
    if not 1 <= seconds <= LONGEST_TRY:
        raise CallRefused(INVALID_ARGS, f"a try lasts from 1 to {LONGEST_TRY} seconds, not {seconds}")
    return seconds
