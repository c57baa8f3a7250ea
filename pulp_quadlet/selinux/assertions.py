"""What must be allowed and what must be forbidden, whatever the site: rows of `selinux/assertions.toml` as questions.

The table speaks of roles and folders; a site gives them their types. Rows about what a site has not are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import tomli

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.resources import folder
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.flavour import Facts
from pulp_quadlet.selinux.folders import folders

Question = tuple[str, str, str, str]
"""Subject, object, class, permission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One row for one site."""

    meaning: str
    allowed: bool
    questions: tuple[Question, ...]


def assertions(deployment: Deployment, facts: Facts) -> tuple[Assertion, ...]:
    """All rows that this site has something for."""
    words = _Words(deployment, facts)
    found = (_assertion(row, words, allowed=kind == "allowed") for kind, rows in table().items() for row in rows)
    return tuple(each for each in found if each.questions)


def table() -> dict[str, list[dict[str, Any]]]:
    """The rows as they are written."""
    return tomli.loads((folder("selinux") / "assertions.toml").read_text(encoding="utf-8"))


def _assertion(row: dict[str, Any], words: _Words, *, allowed: bool) -> Assertion:
    subjects = tuple(words.subjects(row["who"]))
    objects = tuple(name for word in row["what"] for name in words.objects(word))
    questions = tuple(
        (subject, target, tclass, permission)
        for subject, target, (tclass, permissions) in product(subjects, objects, row["how"].items())
        for permission in permissions
        if target not in words.own(subject, row)
    )
    return Assertion(meaning=row["meaning"], allowed=allowed, questions=questions)


class _Words:
    """The words of the table as types."""

    def __init__(self, deployment: Deployment, facts: Facts) -> None:
        site = deployment.site
        self._facts = facts
        self._ports = {peer.port for service in deployment.services for peer in service.peers}
        self._roles: dict[str, str] = {
            role: names.process(site, role) for role in sorted({each.role for each in deployment.services})
        }
        self._rootfs = {role: names.rootfs(site, role) for role in self._roles}
        self._of_site: dict[str, dict[str, str]] = {
            "files": {each.what: each.type for each in folders(deployment)},
            "process": self._roles,
            "rootfs": self._rootfs,
        }
        self._named: dict[str, tuple[str, ...]] = {
            "agent": (names.AGENT,),
            "build": (names.BUILD,),
            "bus": (facts.bus_run,),
            "journal": facts.journal_sockets,
            "ours": (names.ETC, names.VAR_LIB, names.RUN, names.DUMP),
            "podman": (facts.engine_type,),
            "podman socket": facts.engine_run,
            "unchecked": (names.UNCHECKED,),
            "scripts": (facts.scripts,),
            "units": (facts.unit_file,),
            "wheels": (names.WHEELS,),
        }

    def subjects(self, words: list[str]) -> Iterator[str]:
        for word in words:
            if word == "every service":
                yield from self._roles.values()
            elif word in self._roles:
                yield self._roles[word]
            elif word in self._named:
                yield from self._named[word]
            elif word.endswith("_t"):
                yield word

    def objects(self, word: str) -> Iterator[str]:
        kind, _, what = word.partition(":")
        if kind in self._of_site:
            known = self._of_site[kind]
            yield from known.values() if what == "*" else filter(None, (known.get(what),))
        elif kind == "port":
            found = self._facts.port(int(what))
            if found != names.port(int(what)) or int(what) in self._ports:
                yield found
        else:
            yield from self._named.get(word, (word,))

    def own(self, subject: str, row: dict[str, Any]) -> frozenset[str]:
        """With `others = true`, what belongs to the subject itself is not asked for."""
        if not row.get("others"):
            return frozenset()
        found = {role for role, process in self._roles.items() if process == subject}
        return frozenset(name for role in found for name in (subject, self._rootfs[role]))
