"""What the tests of words share: a site file, the lines that pip begins with, and the one problem that is told."""

from __future__ import annotations

from pulp_quadlet.errors import HostError, Problem, PulpQuadletError, SiteError
from pulp_quadlet.locking.words import explained
from tests.sites import MINIMAL, compiled

TEXT = (
    MINIMAL + '[plugins]\npulp-rmp = "*"\npulp-rpm = "==99"\npulp-rust = "*"\npulp-wants-more = "*"\n'
    'pulp-npm = { git = "https://git.example.org/npm", rev = "no-such-rev" }\n'
)
SITE = compiled(TEXT)
URL = "http://127.0.0.1:8123/simple"
WHEEL = f"{URL}/pulpcore/pulpcore-3.123.1-py3-none-any.whl"
NONE_FOUND = "ERROR: No matching distribution found for"
NOT_FOUND = "ERROR: Could not find a version that satisfies the requirement"
SKIPPED = f"Could not fetch URL {URL}/pulpcore/:"
POOL = "HTTPConnectionPool(host='127.0.0.1', port=8123)"
RETRIES = "Max retries exceeded with url: /simple/pulpcore/"
PYPI = "HTTPSConnectionPool(host='pypi.org', port=443)"


def told(*lines: str, alike: tuple[str, ...] = ()) -> PulpQuadletError:
    return explained(lines, alike, ("pulpcore", "pulp-npm @ git+https://git.example.org/npm@no-such-rev"), SITE.locate)


def in_site(*lines: str, alike: tuple[str, ...] = ()) -> tuple[int, Problem]:
    """The line of the site file, and the problem."""
    error = told(*lines, alike=alike)
    assert isinstance(error, SiteError)
    [problem] = error.problems
    assert problem.where is not None
    return problem.where.line, problem


def of_host(*lines: str) -> Problem:
    error = told(*lines)
    assert isinstance(error, HostError)
    assert error.outcome == "nothing was changed"
    [problem] = error.problems
    assert problem.where is None
    return problem
