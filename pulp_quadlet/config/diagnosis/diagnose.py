"""Finds all that is wrong with a site file, and where.

Runs only when something is. What is wrong in one part must not hide what is wrong in another: broken statements are
left out to read the rest, refused values are left out to see the tables together.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tomli
from pydantic import ValidationError

from pulp_quadlet.config.checks import CHECKS
from pulp_quadlet.config.diagnosis import mask, unknown
from pulp_quadlet.config.diagnosis.fault import Fault
from pulp_quadlet.config.diagnosis.toml_location import Lines, Span
from pulp_quadlet.config.diagnosis.toml_mend import mend
from pulp_quadlet.config.diagnosis.toml_scan import scan
from pulp_quadlet.config.diagnosis.translate import translate
from pulp_quadlet.config.tables import Site
from pulp_quadlet.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulp_quadlet.config.diagnosis.toml_location import Node
    from pulp_quadlet.config.finding import SitePath
    from pulp_quadlet.errors import Location

_MOST = 100  # problems; who has more has another mistake than each of them
_ROUNDS = 8  # leaving out a value can make its table incomplete, which is then left out too


def diagnose(text: str, path: str) -> tuple[Problem, ...]:
    """The problems of a text that is known to be wrong, in the order of their places."""
    text = text.replace("\r\n", "\n")  # as tomli does, so that both count the same lines and columns
    mended = mend(text, path)
    problems = list(mended.problems)
    if mended.text is not None:
        faults = _faults(tomli.loads(mended.text), with_checks=not problems)
        places = _Places(text, mended.text, path)
        problems += [places.problem(fault) for fault in faults if not mended.hides(fault)]
    problems = sorted(dict.fromkeys(problems), key=_order)
    if len(problems) >= _MOST:
        problems[_MOST:] = [Problem("too-many", "there are more problems than are told here", problems[-1].where)]
    return tuple(problems)


def _order(problem: Problem) -> tuple[int, int, str]:
    where = problem.where
    return (where.line, where.column, problem.code) if where else (0, 0, problem.code)


def _faults(document: dict[str, Any], *, with_checks: bool) -> list[Fault]:
    errors = _errors(document)
    faults = translate(Site, document, errors[:_MOST])
    if not with_checks or len(errors) >= _MOST:
        return faults
    pruned = [fault.path for fault in faults]
    site = _rest(copy.deepcopy(document), faults) if errors else Site.model_validate(document)
    if site is None:
        return faults
    touched = {fault.path[:1] for fault in faults if len(fault.path) > 1 and not _is_stranger(document, fault)}
    for check in CHECKS:
        for finding in check(site):
            # A table that lost a key may have lost the reason for a finding with it.
            if finding.path[:1] not in touched and not any(finding.path[: len(gone)] == gone for gone in pruned):
                faults.append(Fault(finding.path, finding.code, finding.message, finding.help, finding.at))
    return faults


def _is_stranger(document: dict[str, Any], fault: Fault) -> bool:
    """Whether the fault is a key that stands for no other of its table."""
    return fault.code == "unknown-key" and unknown.meant(Site, document, fault) is None


def _errors(document: dict[str, Any]) -> list[Any]:
    try:
        Site.model_validate(document)
    except ValidationError as error:
        return list(error.errors(include_url=False))
    return []


def _rest(document: dict[str, Any], faults: Iterable[Fault]) -> Site | None:
    """The site without what is wrong in the document, if there is one."""
    for _ in range(_ROUNDS):
        for fault in faults:
            _prune(document, fault)
        faults = translate(Site, document, _errors(document))
        if not faults:
            return Site.model_validate(document)
    return None


def _prune(document: dict[str, Any], fault: Fault) -> None:
    """Take the value at fault out; of an array all, since the other items would change their places."""
    path = fault.path[:-1] if fault.at == "table" and len(fault.path) > 1 else fault.path
    inside_array = next((depth for depth, step in enumerate(path) if isinstance(step, int)), len(path))
    *parents, last = path[:inside_array]
    table: Any = document
    for step in parents:
        table = table.get(step) if isinstance(table, dict) else None
    site = document.get("site")
    if isinstance(table, dict):
        table.pop(last, None)
    if path[:1] == ("site",) and (not isinstance(document.get("site"), dict) or "url" not in document["site"]):
        # The one key without a default: another URL stands in for it, with the scheme that was meant.
        _stand_in(document, site)


def _stand_in(document: dict[str, Any], site: Any) -> None:
    url = site.get("url") if isinstance(site, dict) else None
    scheme = "http" if isinstance(url, str) and url.startswith("http:") else "https"
    kept = document.get("site")
    document["site"] = {**(kept if isinstance(kept, dict) else {}), "url": f"{scheme}://pulp.example.org"}


class _Places:
    """Gives faults their places, and hides the secrets that stand beside them."""

    def __init__(self, written: str, mended: str, path: str) -> None:
        self._written = Lines(written, path).lines
        self._lines = Lines(mended, path)
        self._root = scan(mended).root
        self._secrets = mask.secret_spans(Site, self._root)

    def problem(self, fault: Fault) -> Problem:
        node, depth = self._root.find(fault.path)
        hidden = self._secrets
        if fault.path[-1:] == ("secret",) or fault.code == "plain-secret":
            hidden = [*hidden, node.value]  # perhaps the secret itself was taken for its name
        where = mask.masked(self._lines.location(_span(node, depth, fault)), hidden, self._lines)
        written = self._written[where.line - 1]
        if written != self._lines.lines[where.line - 1]:  # a broken statement is blanked out here
            where = mask.masked_line(replace(where, source=written), is_secret=False)
        return Problem(fault.code, fault.message, where, help=fault.help)


def _span(node: Node, depth: int, fault: Fault) -> Span:
    """What to point at: when the path is not in the file, the table where it would be."""
    if depth == 0:
        return Span(0, 1)
    found = depth == len(fault.path)
    if fault.at == "key" and found and node.key:
        return node.key
    return node.value


def place_of(path: SitePath, text: str, name: str) -> Location:
    """Where a path stands in the text of a valid site file, for other parts of the program that speak of it."""
    text = text.replace("\r\n", "\n")
    root = scan(text).root
    node, depth = root.find(path)
    lines = Lines(text, name)
    return mask.masked(lines.location(_span(node, depth, Fault(path, "", ""))), mask.secret_spans(Site, root), lines)
