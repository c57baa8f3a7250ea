"""Each rule of a site, taken out by itself, is missed; each that is put in has no reason.

All of these changed policies are one policy: each is a site of its own, so that they are compiled together in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pulp_quadlet.host.policy.proof import ask, compile_policy
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.selinux import proof
from pulp_quadlet.selinux.flavour import Facts, facts_of
from tests.selinux.base import debian
from tests.sites import MINIMAL, SELINUX, TARGET, compiled

pytestmark = pytest.mark.lab

SITE = MINIMAL + '[storage]\nbackend = "s3"\nbucket = "artifacts"\nendpoint = "https://s3.example.org:18443"\n'
OURS = "pq_pulp_"
RULE = re.compile(
    r"^\(allow (?P<who>pq_pulp_\w+) (?P<what>\w+) \((?P<tclass>\w+) \((?P<how>[^)]*)\)\)\)$", re.MULTILINE
)
# given to each service in turn: what no service has
PUT_IN = (
    ("var_log_t", "file", "read"),
    ("init_t", "unix_stream_socket", "connectto"),
    ("ssh_port_t", "tcp_socket", "name_connect"),
    ("self", "capability", "sys_admin"),
    ("pq_pulp_database_rootfs_t", "fifo_file", "ioctl"),
)


@dataclass(frozen=True)
class Mutant:
    """A policy with one rule more or less."""

    subject: str
    what: str
    text: str
    said: str

    def renamed(self, number: int) -> str:
        """As a site of its own, without what belongs to the host."""
        kept = (
            line for line in self.text.splitlines() if not line.startswith(("(filecon", "(portcon", "(typetransition"))
        )
        return "\n".join(kept).replace(OURS, _name(number)) + "\n"


def _name(number: int) -> str:
    return f"pq_mutant{number}_"


def mutants(text: str) -> Iterator[Mutant]:
    found = list(RULE.finditer(text))
    for rule in found:
        yield Mutant(rule["who"], rule[0], text.replace(f"{rule[0]}\n", "", 1), "is needed")
    for subject in sorted({rule["who"] for rule in found}):
        for what, tclass, how in PUT_IN:
            line = f"(allow {subject} {what} ({tclass} ({how})))"
            if line not in text and not (subject == "pq_pulp_database_t" and what.endswith("rootfs_t")):
                yield Mutant(subject, line, f"{text}{line}\n", "the reason")


def test_every_rule_is_missed_and_none_can_be_put_in() -> None:
    deployment, facts = compiled(SITE, replace(TARGET, selinux=SELINUX)).deployment, facts_of(SELINUX)
    assert deployment.policy
    found = list(mutants(deployment.policy.modules[1].text))
    assert len(found) > 120
    baseline, told = _told(deployment, facts, found)
    assert list(proof.wrong(deployment, facts, baseline)) == []
    survivors = [
        mutant.what
        for number, mutant in enumerate(found)
        if not any(
            mutant.said in line for line in proof.wrong(deployment, facts, _with(baseline, told, number, mutant))
        )
    ]
    assert survivors == []


def _told(deployment: Deployment, facts: Facts, found: list[Mutant]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is told of the policy as it is, and of all that were changed."""
    assert deployment.policy
    with debian() as (base, tools), TemporaryDirectory(dir=tools.scratch) as name:
        place = Path(name)
        for module in deployment.policy.modules:
            (place / f"{module.name}.cil").write_text(module.text, encoding="utf-8")
        (place / "bare.cil").write_text(proof.BARE_MODULE, encoding="utf-8")
        for module_name, text in base.modules.items():
            (place / f"of-host-{module_name}.cil").write_bytes(text)
        for number, mutant in enumerate(found):
            (place / f"mutant{number}.cil").write_text(mutant.renamed(number), encoding="utf-8")
        compile_policy(place, tools)
        asked = proof.questions(deployment, facts, tools.seen(place / "policy"))
        baseline = ask(place, asked, tools)
        questions = [
            [word.replace(OURS, _name(number)) for word in question]
            for number, mutant in enumerate(found)
            for question in _wanted(asked, mutant)
        ]
        subjects = [mutant.subject.replace(OURS, _name(number)) for number, mutant in enumerate(found)]
        told = ask(place, {**asked, "subjects": subjects, "questions": questions}, tools)
        answers = iter(told["answers"])
        told["of"] = [list(islice(answers, len(_wanted(asked, mutant)))) for mutant in found]
        return {**baseline, "asked": asked["questions"]}, told


def _wanted(asked: dict[str, Any], mutant: Mutant) -> list[list[str]]:
    return [question for question in asked["questions"] if question[0] == mutant.subject]


def _with(baseline: dict[str, Any], told: dict[str, Any], number: int, mutant: Mutant) -> dict[str, Any]:
    """What would be told, if the policy were the mutant."""
    own = {key.replace(_name(number), OURS): how for key, how in _own(told, number, mutant).items()}
    known = iter(told["of"][number])
    answers = [
        next(known) if question[0] == mutant.subject else answer
        for question, answer in zip(baseline["asked"], baseline["answers"], strict=True)
    ]
    return {**baseline, "own": {**baseline["own"], mutant.subject: own}, "answers": answers}


def _own(told: dict[str, Any], number: int, mutant: Mutant) -> dict[str, list[str]]:
    found: dict[str, list[str]] = told["own"][mutant.subject.replace(OURS, _name(number))]
    return found
