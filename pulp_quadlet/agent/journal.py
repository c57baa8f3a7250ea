"""The journal, by its own protocol: each line with fields by which it is found.

The protocol is that of https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.
"""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

ERROR, WARNING, NOTICE, INFO = 3, 4, 5, 6
"""Priorities, as in syslog(3)."""

JOB_BEGAN = "8f3d1c7ae1b54d0f9c6c2d2f6a4b7e10"
JOB_ENDED = "b0d4a6f2c9e84a53a1f7c08e5d1937b6"
"""Message ids, for `journalctl MESSAGE_ID=`; documented in pulp-quadlet-agent(8)."""

_SOCKET = Path("/run/systemd/journal/socket")
_LONGEST = 32 * 1024  # bytes of one value; a datagram has its limits, and a sentence is shorter


class Journal:
    """Where the story is told. On a host without a journal it is told to standard error, without fields."""

    def __init__(self, path: Path = _SOCKET) -> None:
        self._path = path

    def say(self, message: str, priority: int = INFO, *, message_id: str = "", **ours: str | int) -> None:
        """One line. Each of our own fields gets our prefix, as pulp-quadlet-agent(8) has them."""
        lines = {
            "MESSAGE": message,
            "PRIORITY": priority,
            "SYSLOG_IDENTIFIER": "pulp-quadlet-agent",
            "MESSAGE_ID": message_id,
            **{f"PULP_QUADLET_{name.upper()}": value for name, value in ours.items()},
        }
        entry = b"".join(_field(name, str(value)) for name, value in lines.items() if value != "")
        try:
            kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
            with socket.socket(socket.AF_UNIX, kind) as door:
                door.sendto(entry, str(self._path))
        except OSError:
            sys.stderr.write(f"{message}\n")


def _field(name: str, value: str) -> bytes:
    """A value of one line as it stands; one of several with its length before it."""
    data = value.encode(errors="replace")[:_LONGEST]
    if b"\n" in data:
        return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
    return name.encode() + b"=" + data + b"\n"
