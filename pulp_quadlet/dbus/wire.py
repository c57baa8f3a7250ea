"""The library's connection, with its traps taken out.

- A server that closes during authentication makes the library read the end of the file for ever.
- The library takes a full socket for a broken one, and gives up the connection.
- An error as the answer to the greeting is taken for our name.
- It never closes its socket.
- A message that it cannot read ends the connection: anybody could end ours. It is left out instead.
- It remembers every signature that it ever saw.
"""

from __future__ import annotations

import asyncio
import io
import struct
from collections import deque
from contextlib import suppress

from pulp_quadlet.dbus.library import AuthError, BusType, Message, MessageBus, SignatureTree, Unmarshaller

_LINE_LIMIT = 16 * 1024  # bytes of one line of the authentication
_SIGNATURES = 1000  # that are remembered
_HEADER = 16  # bytes of a message that tell how long it is
_READ = 64 * 1024


class Wire(MessageBus):
    """Made inside the running loop, as newer Pythons want it."""

    def __init__(self, address: str | None) -> None:
        self._unsent: deque[memoryview] = deque()
        self._unread = bytearray()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when there is no connection any more, whoever ended it; never an exception."""
        self.drained = asyncio.Event()
        """Set while nothing waits to be sent."""
        self.drained.set()
        super().__init__(bus_address=address, bus_type=BusType.SYSTEM)  # type: ignore[arg-type]  # None is its default

    async def greet(self) -> None:
        """Become a part of the bus. Raises OSError, EOFError, ValueError or AuthError."""
        await self.connect()
        name = str(self.unique_name)
        if not name.startswith(":"):
            raise AuthError(name)

    def send(self, msg: Message) -> None:
        """Send when there is room, in this order. Without a connection, nothing happens."""
        if self._disconnected:
            return
        if not msg.serial:
            msg.serial = self.next_serial()
        self._unsent.append(memoryview(msg._marshall()))  # type: ignore[no-untyped-call]  # noqa: SLF001  as its own send() does
        self.drained.clear()
        self._loop.add_writer(self._fd, self._write)

    def end(self) -> None:
        """Close the connection at once; whoever waits for an answer gets none."""
        self._user_disconnect = True
        self._finalize(None)
        with suppress(OSError):
            self._stream.close()
        self._sock.close()

    def _message_reader(self) -> None:
        try:
            received = self._sock.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._finalize(error)
            return
        if not received:
            self._finalize(EOFError("the connection was lost"))
            return
        self._unread += received
        while not self._disconnected and (whole := _length(self._unread)) <= len(self._unread):
            message = _message(bytes(self._unread[:whole]))
            del self._unread[:whole]
            if message is not None:
                self._on_message(message)  # type: ignore[no-untyped-call]  # the library tells no types

    def _write(self) -> None:
        try:
            while self._unsent:
                first = self._unsent[0]
                count = self._sock.send(first)
                if count < len(first):
                    self._unsent[0] = first[count:]
                    return
                self._unsent.popleft()
        except (BlockingIOError, InterruptedError):
            return  # we are called again when there is room
        except OSError as error:
            self._finalize(error)
            return
        self._loop.remove_writer(self._fd)
        self.drained.set()

    def _finalize(self, err: BaseException | None = None) -> None:
        # once: a descriptor of this number may be somebody else's afterwards
        if not self._disconnected:
            super()._finalize(err)  # type: ignore[no-untyped-call]  # the library's own omission
            if not self._disconnect_future.cancelled():
                self._disconnect_future.exception()  # taken note of, or asyncio complains that nobody did
            self.drained.set()
            if not self.lost.done():
                self.lost.set_result(None)

    def disconnect(self) -> None:
        """The library calls this when the greeting fails; `end` closes the connection."""
        self._user_disconnect = True

    async def _auth_readline(self) -> str:
        line = b""
        while not line.endswith(b"\r\n"):
            received = await self._loop.sock_recv(self._sock, 1024)
            if not received:
                raise EOFError("the bus closed the connection during authentication")
            line += received
            if len(line) > _LINE_LIMIT:
                raise AuthError("the bus does not speak D-Bus")
        return line[:-2].decode()


def _length(begun: bytearray) -> int:
    """Of the message that begins so, in bytes; of its header as long as that is not whole."""
    if len(begun) < _HEADER:
        return _HEADER
    body, fields = struct.unpack_from("<4xI4xI" if begun[:1] == b"l" else ">4xI4xI", begun)
    return int(_HEADER + fields + -fields % 8 + body)


def _message(frame: bytes) -> Message | None:
    """None for one that is to be ignored: of a kind, or with a header, that is not known yet."""
    # the library keeps every signature that anybody ever sent
    if len(SignatureTree._cache) > _SIGNATURES:  # noqa: SLF001  there is no other way to it
        SignatureTree._cache.clear()  # noqa: SLF001  likewise
    try:
        return Unmarshaller(io.BytesIO(frame)).unmarshall()  # type: ignore[no-untyped-call,no-any-return]  # it has no types
    except Exception:  # noqa: BLE001  whatever somebody sends, and however the library stumbles over it
        return None
