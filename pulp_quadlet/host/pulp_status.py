"""Pulp's own status page, asked over the socket of an API process: no proxy, no certificate, no login in between."""

from __future__ import annotations

import http.client
import json
from typing import Any

from pulp_quadlet.host.local_http import UnixConnection, reason

_PAGE = "/pulp/api/v3/status/"


def ask(socket_path: str) -> tuple[dict[str, Any] | None, str]:
    """The page, or none and the reason. The socket should be that of a process which runs: systemd starts the others
    when somebody connects, with all that they need.
    """
    connection = UnixConnection(socket_path)
    try:
        connection.request("GET", _PAGE)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != http.HTTPStatus.OK:
            return None, f"it answers {answer.status}"
        return json.loads(text), ""
    except (OSError, http.client.HTTPException, ValueError) as error:
        return None, reason(error)
    finally:
        connection.close()
