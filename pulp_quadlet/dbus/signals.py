"""Signals that are listened to, and only from those who were meant: anybody may send anything to anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulp_quadlet.dbus.library import Message
from pulp_quadlet.dbus.values import plain

BUS = "org.freedesktop.DBus"
BUS_PATH = "/org/freedesktop/DBus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal that came. `sender` is a unique name, but for the bus itself; `arguments` are plain values."""

    sender: str
    path: str
    interface: str
    member: str
    arguments: list[Any]


Callback = Callable[[Signal], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """What is listened to. `argument` is the first argument, when only one is wanted."""

    sender: str
    interface: str
    member: str
    path: str | None = None
    argument: str | None = None
    callback: Callback

    @property
    def rule(self) -> str:
        """The same for the bus, which then passes it on to us."""
        parts = {
            "type": "signal",
            "sender": self.sender,
            "interface": self.interface,
            "member": self.member,
            "path": self.path,
            "arg0": self.argument,
        }
        return ",".join(f"{key}='{value}'" for key, value in parts.items() if value is not None)

    def matches(self, message: Message, owner: str) -> bool:
        return (
            message.sender == owner
            and message.interface == self.interface
            and message.member == self.member
            and self.path in {None, message.path}
            and (self.argument is None or message.body[:1] == [self.argument])
        )


class Listeners:
    """Those who listen, and who owns the names that they listen to."""

    def __init__(self) -> None:
        self._wanted: list[Wanted] = []
        self._owners: dict[str, str] = {}

    def add(self, wanted: Wanted) -> None:
        self._wanted.append(wanted)

    def remove(self, wanted: Wanted) -> None:
        self._wanted = [each for each in self._wanted if each is not wanted]

    def listens(self, wanted: Wanted) -> bool:
        return any(each is wanted for each in self._wanted)

    def owned(self, name: str, owner: str) -> None:
        """Whose signals are meant by this name from now on; empty for nobody's."""
        self._owners[name] = owner

    def deliver(self, message: Message) -> None:
        signal = Signal(
            sender=message.sender,
            path=message.path,
            interface=message.interface,
            member=message.member,
            arguments=plain(message.body),
        )
        for wanted in list(self._wanted):
            if wanted.matches(message, self._owners.get(wanted.sender, wanted.sender)) and self.listens(wanted):
                wanted.callback(signal)
