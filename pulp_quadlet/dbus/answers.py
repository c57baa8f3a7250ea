"""What a caller gets when a call fails: a name to act upon, a sentence to read, and never a traceback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pulp_quadlet.dbus.errors import CallRefused
from pulp_quadlet.dbus.library import Message, MessageFlag, MessageType
from pulp_quadlet.dbus.values import wire
from pulp_quadlet.errors import PulpQuadletError

Describe = Callable[[PulpQuadletError], str]
LogBug = Callable[[BaseException], None]


def wants_answer(message: Message) -> bool:
    return not message.flags & MessageFlag.NO_REPLY_EXPECTED


def error_answer(message: Message, error: BaseException, *, errors: str, describe: Describe, bug: LogBug) -> Message:
    """The answer to a call that ended with this error; `errors` begins the names of our own."""
    match error:
        case CallRefused():
            return _error(message, error.name, error.message)
        case PulpQuadletError():
            return _error(message, f"{errors}.{_camel(error)}", str(error), describe(error))
        case asyncio.CancelledError():
            return _error(message, f"{errors}.Cancelled", f"{message.member} was cancelled")
        case _:
            bug(error)
            return _error(
                message, f"{errors}.Bug", f"{message.member} failed by a bug in pulp-quadlet; its journal tells more"
            )


def _error(message: Message, name: str, *words: str) -> Message:
    signature = "s" * len(words)
    return Message(
        message_type=MessageType.ERROR,
        reply_serial=message.serial,
        destination=message.sender,
        error_name=name,
        signature=signature,
        body=wire(signature, words),
    )


def _camel(error: PulpQuadletError) -> str:
    """The code of the first problem as a part of a name: `unit-failed` is `UnitFailed`."""
    code = error.problems[0].code if error.problems else "failed"
    return "".join(word.capitalize() for word in code.split("-"))
