"""What pip says of an index that cannot be asked, and what is told of it. The lines are pip's own (25.1)."""

from __future__ import annotations

import pytest

from pulp_quadlet.errors import Problem
from tests.locking.telling import NOT_FOUND, POOL, PYPI, RETRIES, SKIPPED, URL, WHEEL, of_host


def test_a_name_that_cannot_be_resolved() -> None:
    problem = of_host(
        f"Could not fetch URL https://pypi.org/simple/pulpcore/: connection error: {PYPI}: {RETRIES} (Caused by "
        'NameResolutionError("<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to resolve '
        "'pypi.org' ([Errno -3] Temporary failure in name resolution)\")) - skipping",
        f"{NOT_FOUND} pulpcore (from versions: none)",
    )
    assert problem.code == "index-unreachable"
    assert problem.message == "the host name of the package index, pypi.org, cannot be resolved"
    assert problem.help == (
        "is this host on the network, and its DNS server right?",
        "`index_url` in [image] names another index, `wheels` and `offline` do without one",
    )


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("[Errno 111] Connection refused", "connection refused"),
        ("[Errno 101] Network is unreachable", "network is unreachable"),
    ],
)
def test_no_connection(why: str, words: str) -> None:
    problem = of_host(
        f"{SKIPPED} connection error: {POOL}: {RETRIES} (Caused by NewConnectionError('<pip._vendor.urllib3.connection."
        f"HTTPConnection object at 0x7f>: Failed to establish a new connection: {why}')) - skipping",
        f"{NOT_FOUND} pulpcore (from versions: none)",
    )
    assert problem.code == "index-unreachable"
    assert problem.message == f"the package index at 127.0.0.1:8123 cannot be reached: {words}"
    assert problem.help[0] == "is this host on the network?"


def test_a_certificate_that_is_not_trusted() -> None:
    line = (
        f"Could not fetch URL https://pypi.org/simple/pulpcore/: There was a problem confirming the ssl certificate: "
        f"{PYPI}: {RETRIES} (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
        "certificate verify failed: unable to get local issuer certificate'))) - skipping"
    )
    assert of_host(line, f"{NOT_FOUND} pulpcore (from versions: none)") == Problem(
        code="index-untrusted",
        message="the certificate of the package index at pypi.org is not trusted",
        notes=(line,),
        help=("`ca` in [trust] names the authorities that are trusted",),
    )


def test_an_index_without_tls() -> None:
    assert of_host(
        "WARNING: The repository located at pypi.example.org is not a trusted or secure host and is being ignored. If "
        "this repository is available via HTTPS we recommend you use HTTPS instead",
        f"{NOT_FOUND} pulpcore (from versions: none)",
    ) == Problem(
        code="index-untrusted",
        message="the package index at pypi.example.org has no TLS, so that anybody on the way could answer for it",
        help=(
            "name it with `https://`",
            '`pip_options = ["--trusted-host=pypi.example.org"]` in [image] trusts it all the same',
        ),
    )


def test_an_index_that_is_slow() -> None:
    problem = of_host(
        f'{SKIPPED} connection error: {POOL}: {RETRIES} (Caused by ReadTimeoutError("{POOL}: Read timed out. (read '
        'timeout=2.0)")) - skipping',
        f"{NOT_FOUND} pulpcore (from versions: none)",
    )
    assert problem.code == "index-slow"
    assert problem.message == "the package index at 127.0.0.1:8123 does not answer in time"
    assert problem.notes == ("each answer was waited for 2 seconds",)
    assert problem.help[0] == '`pip_options = ["--timeout=120"]` in [image] waits longer'


def test_an_index_that_answers_500() -> None:
    assert of_host(
        f"{SKIPPED} {POOL}: {RETRIES} (Caused by ResponseError('too many 500 error responses')) - skipping",
        f"{NOT_FOUND} pulpcore (from versions: none)",
    ) == Problem(
        code="index-failed",
        message="the package index at 127.0.0.1:8123 answers 500",
        notes=(f"to {URL}/pulpcore/",),
        help=("try again later, or name another index by `index_url` in [image]",),
    )


def test_an_index_that_wants_a_password() -> None:
    problem = of_host(
        f"{SKIPPED} 401 Client Error: Unauthorized for url: {URL}/pulpcore/ - skipping",
        f"{NOT_FOUND} pulpcore (from versions: none)",
    )
    assert (problem.message, problem.help) == ("the package index at 127.0.0.1:8123 answers 401", ())


def test_a_page_that_is_none() -> None:
    line = (
        f"WARNING: Skipping page {URL}/pulpcore/ because the GET request got Content-Type: application/octet-stream. "
        "The only supported Content-Types are application/vnd.pypi.simple.v1+json and text/html"
    )
    assert of_host(line, f"{NOT_FOUND} pulpcore (from versions: none)") == Problem(
        code="index-rubbish",
        message="what answers at 127.0.0.1:8123 is no package index, or a broken one",
        notes=(line,),
        help=("is `index_url` in [image] right? The one of PyPI ends with `/simple`",),
    )


def test_a_page_that_is_half() -> None:
    problem = of_host(
        f"Looking in indexes: {URL}",
        "ERROR: Exception:",
        "Traceback (most recent call last):",
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 12 (char 11)",
    )
    assert problem.message == "what answers at 127.0.0.1:8123 is no package index, or a broken one"
    assert problem.notes == ("json.decoder.JSONDecodeError: Expecting value: line 1 column 12 (char 11)",)


def test_a_file_that_is_half() -> None:
    line = "ERROR: Wheel 'pulpcore' located at /mnt/new/tmp/pip-unpack-x/pulpcore-3.123.1-py3-none-any.whl is invalid."
    assert of_host(f"Looking in indexes: {URL}", line) == Problem(
        code="file-broken",
        message="a file of pulpcore that the package index at 127.0.0.1:8123 gave is broken",
        notes=(line,),
        help=("try again; if it stays so, tell whoever runs the index",),
    )


def test_a_file_that_is_gone() -> None:
    assert of_host(f"  ERROR: HTTP error 404 while getting {WHEEL}#sha256=82e (from {URL}/pulpcore/)") == Problem(
        code="file-gone",
        message="the package index at 127.0.0.1:8123 has no file pulpcore-3.123.1-py3-none-any.whl any more",
        notes=(f"it answers 404 to {WHEEL}",),
        help=("`pulp-quadlet plugin upgrade` chooses from what is there",),
    )
