"""What is wrong between pip and a package index, from the lines of its log."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pulp_quadlet.errors import Problem

_HOST = re.compile(r"host='([^']+)', port=(\d+)")
_URL = re.compile(r"https?://[^\s)>'\"]+")
_STATUS = re.compile(r"\b([45]\d\d) (?:Client|Server) Error|too many (5\d\d) error responses|HTTP error ([45]\d\d)")
_UNRESOLVED = re.compile(r"name resolution|Name or service not known|No address associated|NameResolutionError")
_UNREACHED = re.compile(
    r"(Connection refused|Network is unreachable|No route to host|Connection reset by peer|Remote end closed)"
)
_UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError")
_SLOW = re.compile(r"ReadTimeout|ConnectTimeout|Read timed out|timed out")
_WAITED = re.compile(r"timeout=([0-9.]+)")
_PLAIN = re.compile(r"The repository located at (\S+) is not a trusted or secure host")
_RUBBISH = re.compile(r"Skipping page|^\S*(JSONDecodeError|UnicodeDecodeError): ")
_BROKEN = re.compile(r"Wheel '(.+)' located at .+ is invalid|BadZipFile|not a zip file|not a valid wheel|ReadError")
_PYPI = "pypi.org"  # pip names the indexes at which it looks, but for this one


def network(lines: tuple[str, ...]) -> Problem | None:
    """The first of these that a line tells of; None where it is something else."""
    for pattern, problem in (
        (_PLAIN, _plain),
        (_UNTRUSTED, _untrusted),
        (_UNRESOLVED, _unresolved),
        (_UNREACHED, _unreached),
        (_SLOW, _slow),
        (_RUBBISH, _rubbish),
        (_BROKEN, _broken),
    ):
        if line := next((each for each in lines if pattern.search(each)), ""):
            return problem(line, _host(line) or _any_host(lines))
    return _status(lines)


def _unresolved(_line: str, host: str) -> Problem:
    return Problem(
        code="index-unreachable",
        message=f"the host name of the package index, {host}, cannot be resolved",
        help=("is this host on the network, and its DNS server right?", _ELSEWHERE),
    )


def _unreached(line: str, host: str) -> Problem:
    why = _UNREACHED.search(line)
    reason = why[1].lower() if why else "no connection"
    return Problem(
        code="index-unreachable",
        message=f"the package index at {host} cannot be reached: {reason}",
        help=("is this host on the network?", _ELSEWHERE),
    )


_ELSEWHERE = "`index_url` in [image] names another index, `wheels` and `offline` do without one"


def _untrusted(line: str, host: str) -> Problem:
    return Problem(
        code="index-untrusted",
        message=f"the certificate of the package index at {host} is not trusted",
        notes=(line,),
        help=("`ca` in [trust] names the authorities that are trusted",),
    )


def _plain(line: str, host: str) -> Problem:
    found = _PLAIN.search(line)
    where = found[1] if found else host
    return Problem(
        code="index-untrusted",
        message=f"the package index at {where} has no TLS, so that anybody on the way could answer for it",
        help=(
            "name it with `https://`",
            f'`pip_options = ["--trusted-host={where}"]` in [image] trusts it all the same',
        ),
    )


def _slow(line: str, host: str) -> Problem:
    waited = _WAITED.search(line)
    return Problem(
        code="index-slow",
        message=f"the package index at {host} does not answer in time",
        notes=(f"each answer was waited for {float(waited[1]):g} seconds",) if waited else (),
        help=('`pip_options = ["--timeout=120"]` in [image] waits longer', _ELSEWHERE),
    )


def _rubbish(line: str, host: str) -> Problem:
    return Problem(
        code="index-rubbish",
        message=f"what answers at {host} is no package index, or a broken one",
        notes=(line,),
        help=("is `index_url` in [image] right? The one of PyPI ends with `/simple`",),
    )


def _broken(line: str, host: str) -> Problem:
    found = _BROKEN.search(line)
    name = f" of {found[1]}" if found and found[1] else ""
    return Problem(
        code="file-broken",
        message=f"a file{name} that the package index at {host} gave is broken",
        notes=(line,),
        help=("try again; if it stays so, tell whoever runs the index",),
    )


def _status(lines: tuple[str, ...]) -> Problem | None:
    """404 of a page means that there is no such package, which is told by others."""
    for line in lines:
        if not (found := _STATUS.search(line)):
            continue
        status = next(group for group in found.groups() if group)
        url = next(iter(_URL.findall(line)), "").rstrip(":;,")
        if status == "404":
            if found[3] is None:
                continue
            return _gone(url.partition("#")[0])
        return Problem(
            code="index-failed",
            message=f"the package index at {_host(line) or urlsplit(url).netloc} answers {status}",
            notes=(f"to {url.partition('#')[0]}",) if url else (),
            help=("try again later, or name another index by `index_url` in [image]",) if status >= "500" else (),
        )
    return None


def _gone(url: str) -> Problem:
    parts = urlsplit(url)
    return Problem(
        code="file-gone",
        message=f"the package index at {parts.netloc} has no file {parts.path.rpartition('/')[2]} any more",
        notes=(f"it answers 404 to {url}",),
        help=("`pulp-quadlet plugin upgrade` chooses from what is there",),
    )


def _host(line: str) -> str:
    if found := _HOST.search(line):
        usual = found[2] in {"80", "443"}
        return found[1] if usual else f"{found[1]}:{found[2]}"
    url = _URL.search(line)
    return urlsplit(url[0]).netloc if url else ""


def _any_host(lines: tuple[str, ...]) -> str:
    return next((host for line in lines if (host := _host(line))), _PYPI)
