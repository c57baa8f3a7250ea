"""Denials in plain words: which service of which site, which act on what, and which key of the site file would allow
it, or why it stays denied. What rows say stands in `selinux/denials.toml`. A rule of the policy is never suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import tomli

from pulp_quadlet.model.codec import from_data
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.resources import folder
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.denials import Denial

ROLES = ("api", "content", "worker", "migrate", "routes", "web", "database", "cache")
AGENT, ENGINE = "agent", "engine"
_FOLDERS = {
    "conf": "the site's configuration",
    "data": "the artifacts",
    "database": "the database's folder",
    "front": "the sockets behind the web server",
    "health": "the private sockets of services",
    "routes": "the routes to plugins",
    "web_temp": "the uploads that the web server holds",
}
_PROCESS = re.compile(rf"^{names.PREFIX}(?P<site>\w+)_(?P<role>{'|'.join(ROLES)})_t$")
_ROOTFS = re.compile(rf"^{names.PREFIX}(?P<site>\w+)_(?P<role>{'|'.join(ROLES)})_rootfs_t$")
_FILE = re.compile(rf"^{names.PREFIX}(?P<site>\w+)_(?P<what>{'|'.join(_FOLDERS)})_file_t$")
_ENGINES = frozenset({"podman_t", "podman_conmon_t", "container_engine_t", "container_runtime_t"})
_UNLABELLED = frozenset({"unlabeled_t", "default_t", "var_t", "var_lib_t", "var_run_t", "srv_t", "mnt_t"})
_EMPTY = re.compile(r" \(\)|, (?=\))|(?<=\(), ")
_PORTS = ("selinux", "remote_ports")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of `selinux/denials.toml`."""

    act: str
    why: str
    who: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    key: SitePath = ()
    value: str = ""

    def fits(self, denial: Denial, who: str, on: str) -> bool:
        """Whether it is about this denial."""
        return (
            who in (self.who or (who,))
            and on in (self.on or (on,))
            and denial.tclass in (self.classes or (denial.tclass,))
            and denial.port in (self.ports or (denial.port,))
            and (not self.permissions or not set(self.permissions).isdisjoint(denial.permissions))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Denials that mean the same, as one."""

    site: str
    role: str
    """Of a service, or `agent` or `engine`."""
    act: str
    why: str
    """Empty where nobody knows."""
    key: SitePath = ()
    """The key of the site file that would allow it."""
    value: str = ""
    """How it would stand there."""
    count: int = 1
    first: float = 0.0
    last: float = 0.0
    """Seconds since 1970; 0 where the log does not tell."""
    programs: tuple[str, ...] = ()
    permissive: bool = False
    """Whether it was only told, and done."""
    rule: str = ""
    """Subject, object, class and permissions, for a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a log has of denials."""

    groups: tuple[Explained, ...]
    others: int = 0
    """Denials of other programs of the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site that is asked about, with its file as a table; others are told by the names of their types."""

    name: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)


def explain(denials: Iterable[Denial], site: Site) -> Explanation:
    """Those of ours, the most frequent first."""
    groups: dict[tuple[object, ...], list[tuple[Denial, Row | None]]] = {}
    others = 0
    for denial in denials:
        who, prefix = _subject(denial)
        if not who:
            others += 1
            continue
        row = next((row for row in table() if row.fits(denial, who, _object(denial, prefix))), None)
        key = (denial.source, denial.target, denial.tclass, denial.port, row, denial.permissive)
        groups.setdefault(key, []).append((denial, row))
    told = [_told([denial for denial, _ in same], same[0][1], site) for same in groups.values()]
    return Explanation(groups=tuple(sorted(told, key=lambda each: (-each.count, each.rule))), others=others)


@cache
def table() -> tuple[Row, ...]:
    """All rows, in their order."""
    text = (folder("selinux") / "denials.toml").read_text(encoding="utf-8")
    return tuple(from_data(Row, row) for row in tomli.loads(text)["row"])


def _subject(denial: Denial) -> tuple[str, str]:
    """Who did it, and of which site by the name that stands in types; nobody where it is no business of ours."""
    if found := _PROCESS.match(denial.source):
        return found["role"], found["site"]
    target = _FILE.match(denial.target) or _ROOTFS.match(denial.target) or _PROCESS.match(denial.target)
    of_target = target["site"] if target else ""
    if denial.source == names.AGENT:
        return AGENT, of_target
    if denial.source in _ENGINES and names.is_ours(denial.target):
        return ENGINE, of_target
    return ("other", of_target) if names.is_ours(denial.target) or names.is_ours(denial.source) else ("", "")


def _object(denial: Denial, site: str) -> str:
    """What it was done to, as rows call it."""
    if {"name_bind", "name_connect"} & {*denial.permissions}:
        return "port"
    if denial.target == denial.source:
        return "self"
    for pattern, kind in ((_PROCESS, "process"), (_ROOTFS, "rootfs"), (_FILE, "folder")):
        if found := pattern.match(denial.target):
            own = f"folder:{found['what']}" if kind == "folder" else kind
            return own if found["site"] == site else "other-site"
    return _elsewhere(denial.target)


def _elsewhere(target: str) -> str:
    if target in _ENGINES:
        return "engine"
    if names.is_ours(target):
        return "shared"
    return "unlabelled" if target in _UNLABELLED else "system"


def _told(same: list[Denial], row: Row | None, site: Site) -> Explained:
    one = same[0]
    who, prefix = _subject(one)
    permissions = tuple(sorted({each for denial in same for each in denial.permissions}))
    times = [denial.time for denial in same if denial.time]
    rule = f"{one.source} {one.target}:{one.tclass} {{ {' '.join(permissions)} }}"
    told = Explained(
        site=site.name if prefix == site.name.replace("-", "_") else prefix,
        role=who,
        act=_filled(row.act if row else "{permissions} {tclass} ({type}, {path})", one, permissions),
        why=row.why if row else "",
        count=len(same),
        first=min(times, default=0.0),
        last=max(times, default=0.0),
        programs=tuple(sorted({denial.program for denial in same if denial.program})),
        permissive=one.permissive,
        rule=rule,
    )
    return _with_key(told, row, one, site) if row and row.key else told


def _with_key(told: Explained, row: Row, denial: Denial, site: Site) -> Explained:
    """What the site file would have to say; what it says already was not applied yet."""
    found: Any = site.table if told.site == site.name else {}
    for part in row.key:
        found = found.get(part) if isinstance(found, Mapping) else None
    value = row.value.replace("{port}", str(denial.port))
    if row.key == _PORTS and isinstance(found, list):
        value = f"remote_ports = {sorted({*found, denial.port})}"
    said = denial.port in found if isinstance(found, list) else found is True
    if said:
        return replace(told, why="the site file allows it already: `pulp-quadlet apply` brings it into force")
    return replace(told, key=row.key, value=value)


def _filled(text: str, denial: Denial, permissions: tuple[str, ...]) -> str:
    found = _FILE.match(denial.target)
    filled = text.format(
        port=denial.port,
        type=denial.target,
        what=_FOLDERS[found["what"]] if found else denial.target,
        path=denial.path,
        permissions=", ".join(permissions),
        tclass=denial.tclass,
    )
    return _EMPTY.sub("", filled)
