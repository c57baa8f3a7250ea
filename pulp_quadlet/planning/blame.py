"""Which keys of the site file changed a rendered file: found out by changing them one at a time.

What runs was made from a site file that is kept with its generation. For each key that differs since, the old file
with this one key changed is compiled; the rendered files that differ are its doing. So the answer is never a guess.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import tomli
from pydantic import ValidationError

from pulp_quadlet.compose import compose
from pulp_quadlet.config.checks import CHECKS
from pulp_quadlet.config.tables import Site
from pulp_quadlet.errors import SiteError
from pulp_quadlet.locking.fits import fitting
from pulp_quadlet.locking.pylock import read_lock
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.plan import Blame
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.planning.due import meaning
from pulp_quadlet.render.tree import render

_MOST = 20
"""More changed keys than this are not told apart: it would take seconds."""
_ABSENT = object()
Files = Mapping[str, str]
Name = Callable[[SitePath], str]
"""How a key is called, with its place: `workers.memory (site.toml:9)`."""


def blame(origin: Origin, applied: Files, wanted: Origin, target: Target, name: Name) -> Blame:
    """A function that tells for each file of the tree what changed it.

    `origin` is that of the generation which `applied` are the files of; `wanted` has the site file of today.
    """
    causes = _causes(origin, {path: meaning(found) for path, found in applied.items()}, wanted, target)

    def clause(path: str) -> str:
        keys = causes.get(path, ())
        if not keys:
            return ""
        return ": " + ", ".join(key if isinstance(key, str) else name(key) for key in keys)

    return clause


def _causes(origin: Origin, applied: Files, wanted: Origin, target: Target) -> dict[str, list[SitePath | str]]:
    before, after = _table(origin.site_text), _table(wanted.site_text)
    if before is None or after is None or origin.target is None:
        return {}
    former, latest = _lock(origin), _lock(wanted)
    base = _files(before, origin.target, former, latest)
    if base is None:
        return {}
    found: dict[str, list[SitePath | str]] = {}
    keys = list(_differences(before, after, ()))
    for key, value in keys:
        changed = base if len(keys) > _MOST else _files(_with(before, key, value), origin.target, former, latest)
        for path in _differing(base, changed) if changed is not None else ():
            found.setdefault(path, []).append(key)
    for path in _differing(base, _files(before, origin.target, latest, former) or base):
        found.setdefault(path, []).append("the lock has other packages")
    for path in _differing(base, _files(before, target, former, latest) or base):
        found.setdefault(path, []).append("this host is another one than at the last apply")
    for path in _differing(applied, base):
        found.setdefault(path, []).append("this version of pulp-quadlet writes it otherwise")
    together = _files(after, target, latest, former) or base
    joint = [key for key, _ in keys]
    for path in _differing(base, together):
        found.setdefault(path, list(joint))
    return found


def _table(text: str) -> dict[str, Any] | None:
    try:
        return tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError, ValueError):
        return None


def _lock(origin: Origin) -> Lock | None:
    try:
        return read_lock(origin.lock_text, "") if origin.lock_text else None
    except SiteError:
        return None


def _files(table: dict[str, Any], target: Target, *locks: Lock | None) -> Files | None:
    """What a site compiles to, with the first of the locks that fits; None where it is no valid site, as one half of a
    change may be.
    """
    try:
        site = Site.model_validate(table)
        if any(finding for check in CHECKS for finding in check(site)):
            return None
        lock = next((lock for lock in locks if fitting(lock, site)), None)
        tree = render(compose(site, target, lock), target)
    except (ValidationError, SiteError):
        return None
    return {file.path: meaning(file.text) for file in tree.files}


def _differing(one: Files, other: Files) -> list[str]:
    return [path for path in dict.fromkeys((*one, *other)) if one.get(path) != other.get(path)]


def _differences(before: Any, after: Any, path: SitePath) -> Iterator[tuple[SitePath, Any]]:
    """Keys whose values differ, each with its new value, or `_ABSENT` where it is left out now."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after:
            yield path, after
        return
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if isinstance(one, dict) or isinstance(other, dict):
            one, other = ({} if value is _ABSENT else value for value in (one, other))
        yield from _differences(one, other, (*path, key))


def _with(table: dict[str, Any], path: SitePath, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(table)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    if value is _ABSENT:
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = value
    return changed
