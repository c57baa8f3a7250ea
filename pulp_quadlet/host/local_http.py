"""HTTP over sockets of this very host."""

from __future__ import annotations

import http.client
import socket
import ssl

# Far below the 15 seconds within which a fault has to be told, and far above what a busy process needs.
PATIENCE = 6.0


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket file. Raises OSError where nobody listens, TimeoutError after `limit` seconds."""

    def __init__(self, path: str, limit: float = PATIENCE) -> None:
        super().__init__("localhost", timeout=limit)
        self._path = path

    def connect(self) -> None:
        """As the base class does, but to the file."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def to_address(address: str, *, tls: bool, limit: float = PATIENCE) -> http.client.HTTPConnection:
    """A connection to a listening address of this host, such as `0.0.0.0:443` or `[::]:80`.

    Whose certificate is shown there is for users to verify; here it is only asked whether somebody answers.
    """
    host, port = dialled(address)
    if not tls:
        return http.client.HTTPConnection(host, port, timeout=limit)
    return http.client.HTTPSConnection(host, port, timeout=limit, context=unverified())


def unverified() -> ssl.SSLContext:
    """TLS with whoever is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def dialled(address: str) -> tuple[str, int]:
    """Where to reach a listening address: one that stands for all is reached over the loopback interface."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port)  # noqa: S104  # this binds nothing


def reason(error: Exception) -> str:
    """Why there was no answer, in few words."""
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"its answer cannot be read: {error}"
