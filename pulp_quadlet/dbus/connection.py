"""A connection to the message bus: calls, signals, names and who is behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from pulp_quadlet.dbus.errors import NO_REPLY, BusCallError, BusUnreachable
from pulp_quadlet.dbus.library import AuthError, Message, MessageFlag, MessageType, NameFlag, RequestNameReply
from pulp_quadlet.dbus.signals import BUS, BUS_PATH, Callback, Listeners, Signal, Wanted
from pulp_quadlet.dbus.values import plain, wire
from pulp_quadlet.dbus.wire import Wire
from pulp_quadlet.errors import HostError, Problem

_GREETING = 20.0  # seconds; a bus that is alive answers at once
_FAREWELL = 5.0  # seconds for what was sent last
_PROPERTIES = "org.freedesktop.DBus.Properties"
_OWNS = {RequestNameReply.PRIMARY_OWNER.value, RequestNameReply.ALREADY_OWNER.value}


@asynccontextmanager
async def connected(address: str | None = None) -> AsyncIterator[Bus]:
    """The system bus, or the one at this address. Raises BusUnreachable."""
    bus = Bus(await _greeted(address))
    try:
        yield bus
    finally:
        await bus.flush()
        bus.close()


async def _greeted(address: str | None) -> Wire:
    connection: Wire | None = None
    try:
        connection = Wire(address)
        async with asyncio.timeout(_GREETING):
            await connection.greet()
    except BaseException as error:
        if connection is not None:
            connection.end()
        if isinstance(error, (OSError, EOFError, ValueError, AuthError)):  # a timeout is an OSError
            raise BusUnreachable(str(error) or "it does not answer") from error
        raise
    return connection


class Bus:
    """One connection. It is made by `connected`, and used in the loop that it was made in."""

    def __init__(self, connection: Wire) -> None:
        self._connection = connection
        self._listeners = Listeners()
        self._serve: Callable[[Message], None] | None = None
        self.closed: asyncio.Future[None] = connection.lost
        """Done when the connection is lost or closed; it never carries an exception."""
        connection.add_message_handler(self._received)

    @property
    def name(self) -> str:
        """Our unique name."""
        return str(self._connection.unique_name)

    async def call(  # noqa: PLR0913  a call has these parts
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: Any,
        timeout: float | None = None,  # noqa: ASYNC109  a part of the call, and its own error
        interactive: bool = False,
    ) -> list[Any]:
        """The answer's plain values. Arguments are plain, too: those in variants get their natural type, or `Typed`.

        `timeout` is in seconds; None waits as long as the other side lives. `interactive` allows the other side to ask
        the user for a password. Raises BusCallError, and BusUnreachable when the connection is lost before the answer.
        """
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            flags=MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION if interactive else MessageFlag.NONE,
            signature=signature,
            body=wire(signature, body),
        )
        if self.closed.done():
            raise BusUnreachable("the connection was lost")
        try:
            async with asyncio.timeout(timeout):
                answer = await self._connection.call(message)
        except TimeoutError as error:
            raise BusCallError(NO_REPLY, f"`{member}` was not answered within {timeout} s") from error
        except (OSError, EOFError) as error:
            raise BusUnreachable(str(error) or "the connection was lost") from error
        if answer is None:
            raise BusUnreachable("the connection was lost")
        values: list[Any] = plain(answer.body)
        if answer.message_type is MessageType.ERROR:
            text = values[0] if values and isinstance(values[0], str) else ""
            raise BusCallError(str(answer.error_name), text, tuple(values))
        return values

    async def property(self, destination: str, path: str, interface: str, name: str) -> Any:
        """The plain value of a property. Raises as `call` does."""
        [value] = await self.call(destination, path, _PROPERTIES, "Get", "ss", interface, name)
        return value

    async def properties(self, destination: str, path: str, interface: str) -> dict[str, Any]:
        """The plain values of all properties of an interface. Raises as `call` does."""
        [values] = await self.call(destination, path, _PROPERTIES, "GetAll", "s", interface)
        return dict(values)

    async def signals(
        self, *, sender: str, interface: str, member: str, path: str | None = None, callback: Callback
    ) -> Callable[[], None]:
        """Call back for each of these signals from now on; what is returned ends it.

        Signals and answers are told in the order in which they came.
        Only those of the owner of `sender` count, whoever that is by then. Raises as `call` does.
        """
        return await self._listen(
            Wanted(sender=sender, interface=interface, member=member, path=path, callback=callback)
        )

    async def own(self, name: str) -> None:
        """Become the one owner of a name. Raises HostError when another has it, and as `call` does."""
        [answer] = await self._ask("RequestName", "su", name, NameFlag.DO_NOT_QUEUE.value)
        if answer not in _OWNS:
            raise HostError(Problem(code="bus-name-taken", message=f"another process owns {name} on the message bus"))

    async def release(self, name: str) -> None:
        """Give a name back. What was sent to it before is received before this returns. Raises as `call` does."""
        await self._ask("ReleaseName", "s", name)

    async def uid_of(self, sender: str) -> int:
        """The user of a connection. Raises as `call` does, also when it is gone."""
        [uid] = await self._ask("GetConnectionUnixUser", "s", sender)
        return int(uid)

    async def vanished(self, sender: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back once when a unique name is gone, also if it is by now; what is returned ends it."""

        def changed(signal: Signal) -> None:
            if not signal.arguments[2]:
                end()
                callback()

        wanted = self._owner_changes(sender, changed)
        end = await self._listen(wanted)
        [lives] = await self._ask("NameHasOwner", "s", sender)
        if not lives and self._listeners.listens(wanted):
            end()
            callback()
        return end

    async def flush(self) -> None:
        """Wait until all is sent, or a few seconds: the bus may not read any more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._connection.drained.wait(), _FAREWELL)

    def close(self) -> None:
        self._connection.end()

    # --- for the server -------------------------------------------------------------------------------------------

    def serve(self, receive: Callable[[Message], None]) -> None:
        """Give all calls to this one from now on."""
        self._serve = receive

    def send(self, message: Message) -> None:
        """Send without waiting; messages go out in this order. Without a connection, nothing happens."""
        self._connection.send(message)

    # --- within ---------------------------------------------------------------------------------------------------

    def _received(self, message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL:
            # Soon, since the one who waits for an answer that came before this signal has to be told first.
            asyncio.get_running_loop().call_soon(self._listeners.deliver, message)
        elif message.message_type is MessageType.METHOD_CALL and self._serve is not None:
            self._serve(message)
            return True
        return False

    async def _ask(self, member: str, signature: str, *body: Any) -> list[Any]:
        return await self.call(BUS, BUS_PATH, BUS, member, signature, *body)

    async def _listen(self, wanted: Wanted) -> Callable[[], None]:
        changes = None
        if wanted.sender != BUS and not wanted.sender.startswith(":"):
            changes = await self._follow(wanted.sender)
        self._listeners.add(wanted)
        try:
            await self._ask("AddMatch", "s", wanted.rule)
        except BaseException:
            self._listeners.remove(wanted)
            raise

        def end() -> None:
            if self._listeners.listens(wanted):
                self._listeners.remove(wanted)
                self._forget(wanted.rule)
                if changes is not None:
                    changes()

        return end

    async def _follow(self, name: str) -> Callable[[], None]:
        """Know who owns a name, from now on."""
        end = await self._listen(
            self._owner_changes(name, lambda signal: self._listeners.owned(name, signal.arguments[2]))
        )
        try:
            [owner] = await self._ask("GetNameOwner", "s", name)
        except BusCallError:
            owner = ""  # it may come, or be started by a call
        self._listeners.owned(name, owner)
        return end

    def _owner_changes(self, name: str, callback: Callback) -> Wanted:
        return Wanted(
            sender=BUS, interface=BUS, member="NameOwnerChanged", path=BUS_PATH, argument=name, callback=callback
        )

    def _forget(self, rule: str) -> None:
        """Nobody waits for the answer, so that this can be done anywhere."""
        self.send(
            Message(
                destination=BUS,
                path=BUS_PATH,
                interface=BUS,
                member="RemoveMatch",
                flags=MessageFlag.NO_REPLY_EXPECTED,
                signature="s",
                body=[rule],
            )
        )
