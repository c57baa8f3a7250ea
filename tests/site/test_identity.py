"""Who a client is, is for Pulp and the web server to say. What a client says of itself in headers never arrives."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

ECHO = Path(__file__).with_name("echo.py")
FRONT = "/run/pulp-quadlet/pulp/front"
FORGED = (
    *("Remote-User", "REMOTE_USER", "REMOTE-USER", "remote_user", "X-Remote-User", "X_REMOTE_USER"),
    *("X-CLIENT-CERT", "X_CLIENT_CERT", "X-Client-Cert", "X-RH-IDENTITY", "X_RH_IDENTITY", "X-Forwarded-Prefix"),
    *("X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"),
)


@contextmanager
def heard(pulp: Pulp, name: str) -> Iterator[str]:
    """What the web server sends to Pulp: for a while, a program that writes it down has the socket's path.

    The path inside is that of the file with all that was heard.
    """
    path, kept, heads = f"{FRONT}/{name}.sock", f"{FRONT}/{name}.kept", "/root/heard"
    pulp.machine.copy_in(ECHO, "/root/echo.py")
    pulp.run("mv", path, kept)
    try:
        pulp.run("systemd-run", "--quiet", "--unit=lab-echo", "python3", "/root/echo.py", path, heads)
        pulp.run("sh", "-c", f"until test -S {path}; do sleep 0.1; done")
        yield heads
    finally:
        pulp.run("systemctl", "stop", "lab-echo.service", check=False)
        pulp.run("mv", "--force", kept, path)
        pulp.run("rm", "--force", heads)


@pytest.mark.parametrize(
    ("upstream", "path"),
    [
        ("api", "/"),
        ("api", "/pulp/api/v3/status/"),
        ("api", "/auth/login/"),
        ("api", "/pypi/greetings/simple/"),
        ("content", "/pulp/content/greetings/"),
    ],
)
def test_forged_headers_do_not_arrive(pulp: Pulp, upstream: str, path: str) -> None:
    """In no spelling, and not when they are sent twice. A header of no meaning shows that others do arrive."""
    headers = [f"{name}: forged-{name}" for name in FORGED for _ in range(2)]
    options = [word for header in [*headers, "X-Meaningless: passed on"] for word in ("--header", header)]
    with heard(pulp, upstream) as heads:
        assert pulp.request(path, *options).status == 200
        head = pulp.read(heads)
    assert head.startswith(f"GET {path} HTTP/1.1\r\n")
    assert "X-Meaningless: passed on" in head
    assert [line for line in head.splitlines() if "forged" in line.lower()] == []
    assert [line for line in head.splitlines() if line.lower().startswith("x-forwarded-proto")] == [
        "X-Forwarded-Proto: http"
    ]


def test_a_claimed_name_is_no_login(pulp: Pulp) -> None:
    claims = [word for name in FORGED for word in ("--header", f"{name}: admin")]
    assert pulp.request("/pulp/api/v3/users/", *claims).status == 401
    assert pulp.request("/pulp/api/v3/repositories/file/file/", *claims, "--data", "name=stolen").status == 401
    assert pulp.api("repositories/?name=stolen")["count"] == 0
