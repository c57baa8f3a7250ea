"""Whether a compiled policy allows what the site needs, and nothing else: what was promised beside what was found.

Two proofs. The first compares everything: what each service may do beyond a type that is a service and nothing more,
with the rows that were derived from the site, in both directions. The second asks the table of assertions, which also
holds what the host's own policy must not have given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.access import rows
from pulp_quadlet.selinux.assertions import Question, assertions
from pulp_quadlet.selinux.flavour import Facts

BARE = "pq_bare_t"
BARE_MODULE = f"(type {BARE})\n(roletype system_r {BARE})\n(typeattributeset {names.DOMAIN} ({BARE}))\n"
"""A type that is a service and nothing more; only the proof knows it."""


def questions(deployment: Deployment, facts: Facts, policy: str) -> dict[str, Any]:
    """What `selinux/ask.py` is asked about a compiled policy, which includes BARE_MODULE."""
    return {
        "policy": policy,
        "bare": BARE,
        "engine": names.ENGINE,
        "subjects": sorted({row.subject for row in rows(deployment, facts)}),
        "questions": [list(each) for each in (*_wanted(deployment, facts), *_asserted(deployment, facts))],
    }


def wrong(deployment: Deployment, facts: Facts, told: dict[str, Any]) -> Iterator[str]:
    """Everything that is not as it should be, in words."""
    yield from (f"the table of assertions speaks of {name}, which this policy has not" for name in told["unknown"])
    answers = iter(told["answers"])
    for question in _wanted(deployment, facts):
        if not _is_allowed(next(answers)):
            yield f"it is needed: {_spoken(question)} is not allowed"
    yield from _unwanted(deployment, facts, told)
    for row in assertions(deployment, facts):
        for question in row.questions:
            answer = next(answers)
            if row.allowed and not _is_allowed(answer):
                yield f"{row.meaning}: {_spoken(question)} is not allowed"
            if not row.allowed and any(answer):
                rule = next(filter(None, answer))
                yield f"{row.meaning}: {_spoken(question)} is allowed by `{rule}`"


def _is_allowed(rules: list[str | None]) -> bool:
    """What is allowed for a name that stands for several types is allowed for each; what is forbidden, for none."""
    return bool(rules) and None not in rules


def _unwanted(deployment: Deployment, facts: Facts, told: dict[str, Any]) -> Iterator[str]:
    reasons = set(_wanted(deployment, facts))
    for subject, accesses in told["own"].items():
        for where, permissions in accesses.items():
            target, tclass = where.split()
            known = names.ENGINE if target in told["engines"] else target
            for permission in permissions:
                if (subject, known, tclass, permission) not in reasons:
                    question = (subject, target, tclass, permission)
                    yield f"nothing of the site is the reason: {_spoken(question)} is allowed"


def _wanted(deployment: Deployment, facts: Facts) -> Iterator[Question]:
    for row in rows(deployment, facts):
        for permission in row.permissions:
            yield row.subject, row.target, row.tclass, permission


def _asserted(deployment: Deployment, facts: Facts) -> Iterator[Question]:
    for row in assertions(deployment, facts):
        yield from row.questions


def _spoken(question: Question) -> str:
    subject, target, tclass, permission = question
    return f"{subject} {permission} {target} ({tclass})"
