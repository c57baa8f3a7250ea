"""Ask the web server as a user would: at the address where it listens, for a page of the API and one of content."""

from __future__ import annotations

import http.client

from pulp_quadlet.host.local_http import reason, to_address
from pulp_quadlet.model.verdict import Page

# By role; with the method that costs least. The first does not touch the database, the second looks for a distribution.
PAGES = {"api": ("GET", "/pulp/api/v3/livez/"), "content": ("HEAD", "/pulp/content/")}


def ask(address: str, name: str, role: str, *, tls: bool) -> Page:
    """What is answered at a listening address to a request for the site's host `name`."""
    method, path = PAGES[role]
    connection = to_address(address, tls=tls)
    try:
        connection.request(method, path, headers={"Host": name, "User-Agent": "pulp-quadlet"})
        answer = connection.getresponse()
        answer.read()
        return Page(path=path, status=answer.status)
    except (OSError, http.client.HTTPException) as error:
        return Page(path=path, error=reason(error))
    finally:
        connection.close()
