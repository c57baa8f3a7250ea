"""What an index knows of vulnerabilities, and that one which does not is no error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pulp_quadlet.host.images.index import Index
from pulp_quadlet.supply.vulnerabilities import Answers, release_url, releases, vulnerable
from tests.supply.test_bill import FOUND, IMAGE, LOCK

BAD = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-0001", "PYSEC-2026-1"],
    "summary": "It lets everybody in.\nMore of it.",
    "fixed_in": ["5.2.9", "6.0"],
    "withdrawn": None,
}


@contextmanager
def serving(answers: dict[str, tuple[int, str]]) -> Iterator[str]:
    """An index with these answers by path; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = answers.get(self.path, (404, "none"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the base class
            """The test looks itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/pypi/team/simple/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def path(name: str, version: str) -> str:
    return f"/pypi/team/pypi/{name}/{version}/json"


def test_where_an_index_is_asked() -> None:
    assert release_url(None, "django", "5.2.8") == "https://pypi.org/pypi/django/5.2.8/json"
    own = "https://user:word@index.example.org:8443/root/simple"
    assert (
        release_url(own, "a", "1+local/x") == "https://user:word@index.example.org:8443/root/pypi/a/1%2Blocal%2Fx/json"
    )
    assert release_url("https://index.example.org/wheels/", "a", "1") is None


def test_what_is_asked_of_an_index_comes_from_one() -> None:
    assert releases({"a": FOUND, "b": FOUND}, LOCK) == (("django", "5.2.8"), ("pip", "25.1"), ("pulpcore", "3.123.1"))
    assert ("pulp-file", "1.16.0") in releases({"a": FOUND}, None)


def test_a_vulnerable_package_is_told_with_its_names_and_what_mends_it() -> None:
    answers = {
        path("django", "5.2.8"): (200, json.dumps({"vulnerabilities": [BAD, {"id": "X", "withdrawn": "2026-01-01"}]})),
        path("pip", "25.1"): (200, json.dumps({"vulnerabilities": []})),
        path("pulpcore", "3.123.1"): (200, json.dumps({"vulnerabilities": [{"id": "Y-2"}]})),
    }
    with serving(answers) as url:
        found = Index(url).ask(releases({"a": FOUND}, LOCK))
    assert (found.silent, found.untold) == ((), 0)
    mended = "PYSEC-2026-1 CVE-2026-0001, mended in 5.2.9, 6.0 (It lets everybody in.)"
    assert [(each.kind, each.package, each.message) for each in vulnerable(IMAGE, FOUND, found)] == [
        ("vulnerable", "django", f"django 5.2.8 is vulnerable: {mended}"),
        ("vulnerable", "pulpcore", "pulpcore 3.123.1 is vulnerable: Y-2"),
    ]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, "not found"), "the index answered 404"),
        ((500, "broken"), "the index answered 500"),
        ((200, "<html>"), "the answer of the index is no JSON"),
        ((200, '{"info": {}}'), "the index keeps no list of vulnerabilities"),
        ((200, '{"vulnerabilities": [1]}'), "the index keeps no list of vulnerabilities"),
        ((200, "[]"), "the index keeps no list of vulnerabilities"),
    ],
)
def test_an_index_that_cannot_tell_is_no_error(answer: tuple[int, str], why: str) -> None:
    with serving({path("django", "5.2.8"): answer}) as url:
        assert Index(url).ask([("django", "5.2.8")]) == Answers(known={}, silent=(why,), untold=1)


def test_an_index_that_is_away_is_asked_once_and_told_once() -> None:
    with serving({}) as url:
        pass
    found = Index(url).ask([(f"package{number}", "1") for number in range(30)])
    assert found == Answers(known={}, silent=("the index cannot be reached: Connection refused",), untold=30)


def test_an_index_without_a_place_to_ask() -> None:
    why = "the address of the index does not end in /simple, so there is no place to ask"
    assert Index("https://index.example.org/wheels").ask([("a", "1")]) == Answers(known={}, silent=(why,), untold=1)
