"""Hides what may be a password from the source lines that are shown with a problem.

The report of a wrong site file is pasted into tickets and stays in journals. So more is hidden than must be: every
literal where a secret belongs, and every literal whose key sounds like one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pulp_quadlet.config.diagnosis import shape
from pulp_quadlet.config.diagnosis.suggest import closest
from pulp_quadlet.config.diagnosis.toml_location import Span
from pulp_quadlet.config.diagnosis.wording import MASK, USERINFO
from pulp_quadlet.schema.table import SecretReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel

    from pulp_quadlet.config.diagnosis.toml_location import Lines, Node
    from pulp_quadlet.config.finding import SitePath
    from pulp_quadlet.errors import Location

_SENSITIVE = r"pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|key"
_SECRET_NAME = re.compile(rf"(?:^|[_.-])(?:{_SENSITIVE})s?$", re.IGNORECASE)
# In a text that is no TOML: a key that sounds like a secret, and the rest of its line, unless it is a reference.
_SECRET_LINE = re.compile(
    rf"""(?:^|[\s{{,.])["']?[\w.-]{{0,64}}(?:{_SENSITIVE})s?["']?\s*[=:]\s*"""
    r"""(?!\{\s*(?:secret|file)\s*=\s*["'][\w./-]*["']?\s*\})(?P<value>\S.*?)\s*$""",
    re.IGNORECASE,
)
_ANY_LINE = re.compile(r"""\s*["']?(?P<name>[\w.-]{1,64})["']?\s*[=:]\s*(?P<value>\S.*?)\s*$""")
_SECRET_WORDS = ("password", "passphrase", "secret", "token", "credentials", "secret_key", "access_key", "account_key")
_SHORTEST_WORD = 4  # letters of a part of a key that may be a misspelt secret
_REFERENCE_KEYS = ("secret", "file")


def secret_spans(site: type[BaseModel], root: Node) -> list[Span]:
    """The values of a valid TOML text that may be secrets."""
    return list(_spans(site, root))


def is_secret(site: type[BaseModel], path: SitePath) -> bool:
    """Whether the tables want a secret at this path, or its key sounds like one."""
    known = shape.at(site, path)
    if shape.bare(known)[0] is SecretReference:
        return True
    return sounds_secret(path) or (known is None and _is_nearly_secret(str(path[-1])))


def sounds_secret(path: SitePath) -> bool:
    names = [step for step in path if isinstance(step, str)]
    return bool(names) and _SECRET_NAME.search(names[-1]) is not None


def _is_nearly_secret(name: str) -> bool:
    """Whether a key that nobody knows is a slip of the pen for a secret: `pasword`."""
    words = re.split(r"[_.-]", name)
    return any(closest(word, _SECRET_WORDS) for word in (name, *words) if len(word) >= _SHORTEST_WORD)


def masked(location: Location, spans: Iterable[Span], lines: Lines) -> Location:
    """The same place in a line whose secrets are replaced by `***`."""
    start = lines.offset(location.line, 1)
    end = start + len(location.source)
    hidden = [(max(span.start, start) - start, min(span.end, end) - start) for span in spans]
    return _hide(location, [pair for pair in hidden if pair[0] < pair[1]])


def masked_line(location: Location, *, is_secret: bool) -> Location:
    """The same for a line of a text that is no TOML, judged by how the line looks unless it `is_secret` for sure."""
    if is_secret:
        return _hide(location, [(0, len(location.source))])
    match = _SECRET_LINE.search(location.source)
    if match is None:
        match = _ANY_LINE.match(location.source)
        match = match if match and _is_nearly_secret(match["name"]) else None
    return _hide(location, [match.span("value")] if match else [])


def _hide(location: Location, pairs: list[tuple[int, int]]) -> Location:
    pairs = [*pairs, *(match.span() for match in USERINFO.finditer(location.source))]
    source, first = location.source, location.column - 1
    last = first + location.width
    edge = len(source)
    for start, end in sorted(pairs, reverse=True):
        if end > edge:
            continue  # inside what is hidden already
        edge = start
        # Before the place the width is kept, for the column that is told must be that of the file.
        mask = "*" * min(end - start, max(first - start, 0)) + (MASK if end > first else "")
        source = f"{source[:start]}{mask}{source[end:]}"
        last = last - (end - start) + len(mask) if last >= end else max(min(last, start + len(mask)), first)
    return replace(location, source=source, width=max(last - first, 1))


def _spans(site: type[BaseModel], root: Node) -> Iterator[Span]:
    waiting: list[tuple[SitePath, Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if path and is_secret(site, path) and node.kind == "value":
            yield from _literals(node)
            continue
        waiting += [((*path, step), child) for step, child in node.children.items()]


def _literals(node: Node) -> Iterator[Span]:
    """All of a value but the names in `{ secret = "name" }` and `{ file = "/path" }`."""
    if not node.children or set(node.children) - {*_REFERENCE_KEYS}:
        references = [child.value for step, child in node.children.items() if step in _REFERENCE_KEYS]
        others = [child for step, child in node.children.items() if step not in _REFERENCE_KEYS]
        if not references and node.value.end - node.value.start > len("{}"):
            yield node.value
        for child in others:
            yield child.value
