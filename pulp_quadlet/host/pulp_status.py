"""Pulp's own status page, asked over the socket of an API process: no proxy, no certificate, no login in between."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

_PAGE = "/pulp/api/v3/status/"
_LIMIT = 15.0  # seconds; the page asks the database, and the process may be busy


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_LIMIT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_LIMIT)
        self.sock.connect(self._path)


def ask(socket_path: str) -> tuple[dict[str, Any] | None, str]:
    """The page, or none and the reason. The socket should be that of a process which runs: systemd starts the others
    when somebody connects, with all that they need.
    """
    connection = _UnixConnection(socket_path)
    try:
        connection.request("GET", _PAGE)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != http.HTTPStatus.OK:
            return None, f"it answers {answer.status}"
        return json.loads(text), ""
    except OSError as error:
        return None, error.strerror or str(error)
    except (http.client.HTTPException, ValueError) as error:
        return None, f"its answer cannot be read: {error}"
    finally:
        connection.close()
