"""Objects on the message bus, served as their contract says.

Every call that wants an answer gets exactly one. What a call emits (signals, changes, new objects) is sent after its
answer: this holds for the handler and for every task that is started in it, until the answer is sent. `after_reply`
does the same for anything else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pulp_quadlet.dbus import standard
from pulp_quadlet.dbus.answers import Describe, LogBug, error_answer, wants_answer
from pulp_quadlet.dbus.connection import Bus
from pulp_quadlet.dbus.contract import Interface, interfaces
from pulp_quadlet.dbus.errors import INVALID_ARGS, UNKNOWN_INTERFACE, UNKNOWN_METHOD, UNKNOWN_OBJECT, CallRefused
from pulp_quadlet.dbus.library import Message, MessageFlag
from pulp_quadlet.dbus.target import Caller, Target
from pulp_quadlet.dbus.values import plain, wire

__all__ = ["Caller", "Server", "Target"]

NAME = "org.pulpproject.Quadlet1"


@dataclass(slots=True)
class _Running:
    """A call that is being answered, and what is done after that."""

    answered: bool = False
    later: list[Callable[[], None]] = field(default_factory=list)


_RUNNING: ContextVar[_Running | None] = ContextVar("_RUNNING", default=None)


def _log_bug(error: BaseException) -> None:
    logging.getLogger(__name__).error("a bug in a method on the message bus", exc_info=error)


class Server:
    """Serves objects from now on. `describe` writes an error as JSON; `bug` gets what no caller should see.

    `name` is the service: its objects stand below the path of the same words, its errors below `NAME.Error`.
    """

    def __init__(self, bus: Bus, xml: str, *, describe: Describe, bug: LogBug = _log_bug, name: str = NAME) -> None:
        self.contract: Mapping[str, Interface] = standard.STANDARD | interfaces(xml)
        self.root = "/" + name.replace(".", "/")
        self._bus = bus
        self._error = partial(error_answer, errors=f"{name}.Error", describe=describe, bug=bug)
        self._bug = bug
        self._objects: dict[str, dict[str, Target]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        bus.serve(self._received)

    # --- what is served -------------------------------------------------------------------------------------------

    def add(self, path: str, targets: Mapping[str, Target]) -> None:
        """Serve an object, or more interfaces of one. Below the root, this is announced by InterfacesAdded."""
        added = {name: standard.typed(self.contract[name], target.properties()) for name, target in targets.items()}
        self._objects.setdefault(path, {}).update(targets)
        if path.startswith(f"{self.root}/"):
            self._signal(self.root, standard.OBJECT_MANAGER, "InterfacesAdded", path, added)

    def remove(self, path: str) -> None:
        """Serve an object no longer. Below the root, this is announced by InterfacesRemoved."""
        gone = self._objects.pop(path)
        if path.startswith(f"{self.root}/"):
            self._signal(self.root, standard.OBJECT_MANAGER, "InterfacesRemoved", path, list(gone))

    def names(self, path: str) -> list[str]:
        return list(self._targets(path))

    def children(self, path: str) -> list[str]:
        above = path.rstrip("/") + "/"
        below = (each.removeprefix(above) for each in self._objects if each.startswith(above))
        return sorted({each.partition("/")[0] for each in below})

    def managed(self) -> dict[str, Mapping[str, Target]]:
        return {path: targets for path, targets in self._objects.items() if path.startswith(f"{self.root}/")}

    # --- what is told ---------------------------------------------------------------------------------------------

    def signal(self, path: str, interface: str, member: str, *arguments: Any) -> None:
        """Emit a signal of the contract. Raises KeyError, TypeError or ValueError when it is none."""
        self._signal(path, interface, member, *arguments)

    def changed(self, path: str, interface: str, *names: str) -> None:
        """Tell that these properties have changed. An object that is not served any more tells nothing."""
        target = self._objects.get(path, {}).get(interface)
        if target is None:
            return
        values = standard.typed(self.contract[interface], target.properties())
        announced = {name: self.contract[interface].properties[name].announced for name in names}
        told = {name: values[name] for name in names if announced[name] == "true"}
        invalid = [name for name in names if announced[name] == "invalidates"]
        if told or invalid:
            self._signal(path, standard.PROPERTIES, "PropertiesChanged", interface, told, invalid)

    def after_reply(self, action: Callable[[], None]) -> None:
        """Do this right after the answer of the call that runs here is sent; at once where none runs."""
        running = _RUNNING.get()
        if running is None or running.answered:
            action()
        else:
            running.later.append(action)

    # --- calls ----------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> int:
        """The number of calls that are not answered yet."""
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel all calls that run, and refuse those that come; all are answered before this returns."""
        self._closing = True
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
        await self._bus.flush()

    def _received(self, message: Message) -> None:
        running = _Running()
        task = asyncio.create_task(self._served(message, running))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, message, running))

    async def _served(self, message: Message, running: _Running) -> None:
        """Answer a call, in the same breath in which its handler returns."""
        _RUNNING.set(running)
        try:
            answer = await self._called(message)
        except Exception as error:  # noqa: BLE001  handlers end here; what is no error of ours is logged as a bug
            answer = self._error(message, error)
        self._answer(message, running, answer)

    async def _called(self, message: Message) -> Message:
        if self._closing:
            raise asyncio.CancelledError
        interface, target = self._route(message)
        method = self.contract[interface].methods[message.member]
        if message.signature != method.takes:
            raise CallRefused(INVALID_ARGS, f"{message.member} takes ({method.takes}), not ({message.signature})")
        interactive = bool(message.flags & MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION)
        results = await target.call(
            message.member, plain(message.body), Caller(name=message.sender, interactive=interactive)
        )
        return Message.new_method_return(message, method.gives, wire(method.gives, results))

    def _answer(self, message: Message, running: _Running, answer: Message) -> None:
        if wants_answer(message):
            self._bus.send(answer)
        running.answered = True
        for action in running.later:
            action()

    def _ended(self, message: Message, running: _Running, task: asyncio.Task[None]) -> None:
        """Here, since a task that is cancelled before it began never runs a line of its own."""
        self._tasks.discard(task)
        if task.cancelled():
            self._answer(message, running, self._error(message, asyncio.CancelledError()))
        elif error := task.exception():
            self._bug(error)

    def _route(self, message: Message) -> tuple[str, Target]:
        """Which interface of the object is called. Without one in the call, the first that has the method."""
        targets = self._targets(message.path)
        if message.interface == standard.PEER:
            targets = {standard.PEER: standard.Peer()}
        if not targets:
            raise CallRefused(UNKNOWN_OBJECT, f"there is no object {message.path}")
        if message.interface and message.interface not in targets:
            raise CallRefused(UNKNOWN_INTERFACE, f"{message.path} has no interface {message.interface}")
        for name, target in targets.items():
            if message.interface in {None, name} and message.member in self.contract[name].methods:
                return name, target
        raise CallRefused(UNKNOWN_METHOD, f"{message.interface or message.path} has no method {message.member}")

    def _targets(self, path: str) -> dict[str, Target]:
        """An object's own interfaces, and those of the standard. Nodes above objects can only be looked at."""
        own = self._objects.get(path, {})
        if not own and not self.children(path):
            return {}
        targets = {
            **own,
            standard.INTROSPECTABLE: standard.Introspectable(self, path),
            standard.PEER: standard.Peer(),
        }
        if own:
            targets[standard.PROPERTIES] = standard.Properties(self.contract, path, own)
        if path == self.root:
            targets[standard.OBJECT_MANAGER] = standard.ObjectManager(self)
        return targets

    def _signal(self, path: str, interface: str, member: str, *arguments: Any) -> None:
        signature = self.contract[interface].signals[member]
        message = Message.new_signal(path, interface, member, signature, wire(signature, arguments))
        self.after_reply(partial(self._bus.send, message))
