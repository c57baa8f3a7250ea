"""What users of the web server get, and until when its certificate is valid, asked of a real server."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pulp_quadlet.host import certificate, web_pages
from pulp_quadlet.host.local_http import dialled
from pulp_quadlet.host.secret_bytes import make
from pulp_quadlet.model.verdict import Certificate, Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEEN: list[tuple[str, str, str | None]] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        SEEN.append((self.command, self.path, self.headers["Host"]))
        self.send_response(200 if self.path.endswith("/livez/") else 502)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815  # the name is the library's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the library's
        """A test has no log."""


@contextmanager
def web(pem: Path | None = None) -> Iterator[str]:
    """The listening address of a server, which speaks TLS where it has a certificate."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if pem is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"0.0.0.0:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "self-signed.pem"
    path.write_bytes(make("self-signed-certificate", "pulp.example.org"))
    return path


@pytest.mark.parametrize("tls", [False, True])
def test_both_pages_are_asked_for_as_users_do(pem: Path, *, tls: bool) -> None:
    SEEN.clear()
    with web(pem if tls else None) as address:
        api = web_pages.ask(address, "pulp.example.org:8443", "api", tls=tls)
        content = web_pages.ask(address, "pulp.example.org:8443", "content", tls=tls)
    assert api == Page(path="/pulp/api/v3/livez/", status=200)
    assert content == Page(path="/pulp/content/", status=502)
    assert (api.well, content.well) == (True, False)
    assert SEEN == [
        ("GET", "/pulp/api/v3/livez/", "pulp.example.org:8443"),
        ("HEAD", "/pulp/content/", "pulp.example.org:8443"),
    ]


def test_a_server_that_is_away_is_told_with_the_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = web_pages.ask(f"127.0.0.1:{port}", "x", "api", tls=False)
    assert found == Page(path="/pulp/api/v3/livez/", error="Connection refused")


def test_an_address_that_stands_for_all_is_reached_over_the_loopback() -> None:
    assert dialled("0.0.0.0:80") == ("127.0.0.1", 80)
    assert dialled("[::]:443") == ("::1", 443)
    assert dialled("[2001:db8::1]:443") == ("2001:db8::1", 443)
    assert dialled("192.0.2.7:8080") == ("192.0.2.7", 8080)


def test_the_certificate_that_is_shown(pem: Path) -> None:
    expected = x509.load_pem_x509_certificate(pem.read_bytes()).not_valid_after_utc.timestamp()
    with web(pem) as address:
        found = certificate.shown_at(address, "pulp.example.org")
    assert found == Certificate(address=address, expires=expected)


def test_a_server_without_tls_shows_none() -> None:
    with web() as address:
        found = certificate.shown_at(address, "pulp.example.org")
    assert (found.address, found.expires) == (address, 0.0)
    assert found.error


@pytest.mark.parametrize(
    "end",
    [
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2050, 1, 1, tzinfo=UTC),
        datetime(1999, 5, 6, tzinfo=UTC),
    ],
)
def test_both_ways_to_write_a_time_are_read(end: datetime) -> None:
    """Certificates write times from 2050 on in another form."""
    assert certificate.valid_until(encoded(end)) == end.timestamp()


def encoded(end: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - timedelta(days=1))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def test_what_is_no_certificate_is_refused() -> None:
    whole = encoded(datetime(2030, 1, 1, tzinfo=UTC))
    for length in range(0, len(whole), 7):
        with pytest.raises(ValueError, match=r"it is|it has|its "):
            certificate.valid_until(whole[:length])
    for junk in (b"\x30\x00", b"\x30\x02\x30\x00", b"\x02\x01\x05", b"\x30\x82", bytes(40)):
        with pytest.raises(ValueError, match=r"it is|it has|its "):
            certificate.valid_until(junk)
