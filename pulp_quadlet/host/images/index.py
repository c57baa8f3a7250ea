"""Ask a package index which vulnerabilities it knows of. An index that cannot tell is no error of whoever asks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulp_quadlet.supply.vulnerabilities import Answers, Release, listed, release_url

_AT_ONCE = 8
_PATIENCE = (5.0, 20.0)  # seconds: to connect, and between two pieces of an answer
_LONGEST = 32 * 1024 * 1024
_LIMIT = 60.0  # seconds, for one answer
_PIECE = 1 << 16


class Index:
    """One index, asked over several connections. `ca` is a bundle of authorities to trust instead of the usual ones."""

    def __init__(self, url: str | None, ca: str | None = None) -> None:
        self._url = url
        self._ca = ca
        self._away = threading.Event()

    def ask(self, releases: Sequence[Release]) -> Answers:
        """What it knows of each."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = dict(zip(releases, pool.map(self._ask, releases), strict=True))
        known = {release: said for release, said in answers.items() if not isinstance(said, str)}
        silent = [said for said in answers.values() if isinstance(said, str)]
        return Answers(known=known, silent=tuple(sorted(set(silent) - {""})), untold=len(silent))

    def _ask(self, release: Release) -> tuple[Mapping[str, Any], ...] | str:
        """Its vulnerabilities, or why that is not known."""
        url = release_url(self._url, *release)
        if url is None:
            return "the address of the index does not end in /simple, so there is no place to ask"
        if self._away.is_set():
            return ""  # told once
        import requests

        try:
            with requests.get(url, timeout=_PATIENCE, verify=self._ca or True, stream=True) as answer:
                if answer.status_code != requests.codes.ok:
                    return f"the index answered {answer.status_code}"
                return _read(answer.iter_content(_PIECE))
        except requests.exceptions.ChunkedEncodingError:
            return "the answer of the index broke off"
        except requests.RequestException as error:
            self._away.set()
            return f"the index cannot be reached: {_reason(error)}"


def _read(pieces: Iterable[bytes]) -> tuple[Mapping[str, Any], ...] | str:
    body, begun = b"", time.monotonic()
    for piece in pieces:
        body += piece
        if len(body) > _LONGEST or time.monotonic() - begun > _LIMIT:
            return "the answer of the index is too long"
    try:
        found = listed(json.loads(body))
    except ValueError:
        return "the answer of the index is no JSON"
    return "the index keeps no list of vulnerabilities" if found is None else found


def _reason(error: Exception) -> str:
    """In few words: the library puts all its objects into its own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        arguments = [each for each in cause.args if isinstance(each, BaseException)]
        reason = getattr(cause, "reason", None)
        deeper = reason if isinstance(reason, BaseException) else next(iter(arguments), cause.__cause__)
        if deeper is None:
            break
        cause = deeper
    return type(error).__name__
