"""What can go wrong on the message bus. Nothing heavy is imported here, so that anybody may catch these."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.errors import HostError, Problem

_STANDARD = "org.freedesktop.DBus.Error"
ACCESS_DENIED = f"{_STANDARD}.AccessDenied"
INVALID_ARGS = f"{_STANDARD}.InvalidArgs"
NO_REPLY = f"{_STANDARD}.NoReply"
READ_ONLY = f"{_STANDARD}.PropertyReadOnly"
UNKNOWN_INTERFACE = f"{_STANDARD}.UnknownInterface"
UNKNOWN_METHOD = f"{_STANDARD}.UnknownMethod"
UNKNOWN_OBJECT = f"{_STANDARD}.UnknownObject"
UNKNOWN_PROPERTY = f"{_STANDARD}.UnknownProperty"


class BusUnreachable(HostError):  # noqa: N818  it is said as it stands: the bus is unreachable
    """There is no connection to the message bus, or it was lost. `reason` is what the system says."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            Problem(code="bus-unreachable", message="the message bus cannot be reached", notes=(reason,)),
        )
        self.reason = reason


class BusCallError(Exception):
    """A call was answered with an error. `name` is the error's name on the bus, `body` all that came with it."""

    def __init__(self, name: str, text: str, body: tuple[Any, ...] = ()) -> None:
        super().__init__(text or name)
        self.name = name
        self.text = text
        self.body = body


class CallRefused(Exception):  # noqa: N818  it is said as it stands: the call was refused
    """Raised by what is called: the caller gets this very error, by its name on the bus."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
