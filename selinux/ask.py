"""Answer questions about a compiled policy: JSON in a file that is named, JSON on standard output.

Run by the Python that has setools, which is the system's; so it imports nothing of ours. The rules are read once and
kept by their subject: to ask setools for each question would take a second every time.

    {"policy": PATH, "bare": TYPE, "engine": ATTRIBUTE, "subjects": [TYPE...],
     "questions": [[SUBJECT, OBJECT, CLASS, PERMISSION]...]}

`own` tells for each subject what it may do and the bare type may not; `answers` tells for each question the rules that
allow it, one for each type that the object stands for, or null where there is none.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import setools


class Rules:
    def __init__(self, path: str, subjects: set[str]) -> None:
        self.policy = setools.SELinuxPolicy(path)
        self.attributes = {str(each): {str(name) for name in each.attributes()} for each in self.policy.types()}
        self.aliases = {str(name): str(each) for each in self.policy.types() for name in each.aliases()}
        self.groups = {str(each) for each in self.policy.typeattributes()}
        self._members: dict[str, frozenset[str]] = {}
        self._found: dict[str, list[Any]] = defaultdict(list)
        by_name = defaultdict(set)
        for subject in subjects & self.attributes.keys():
            for name in (subject, *self.attributes[subject]):
                by_name[name].add(subject)
        for rule in self.policy.terules():
            if rule.ruletype == setools.TERuletype.allow:
                for subject in by_name.get(str(rule.source), ()):
                    self._found[subject].append(rule)

    def of(self, subject: str) -> list[Any]:
        return self._found[subject]

    def targets(self, rule: Any) -> frozenset[str]:
        name = str(rule.target)
        if name not in self._members:
            expanded = [name] if name == "self" else rule.target.expand()
            self._members[name] = frozenset(map(str, expanded))
        return self._members[name]

    def members(self, attribute: str) -> list[str]:
        return sorted(name for name, attributes in self.attributes.items() if attribute in attributes)

    def answer(self, subject: str, target: str, tclass: str, permission: str) -> list[str | None]:
        """The rule that allows it; an attribute stands for all of its types, and has an answer for each."""
        target = self.aliases.get(target, target)
        types = [target] if target in self.attributes or target == "self" else self.members(target)
        return [self._answer(subject, each, tclass, permission) for each in types]

    def _answer(self, subject: str, target: str, tclass: str, permission: str) -> str | None:
        for rule in self.of(subject):
            # the compiler writes `self` as the type itself
            meant = {subject, "self"} if target in {subject, "self"} else {target}
            if str(rule.tclass) == tclass and permission in rule.perms and self.targets(rule) & meant:
                return str(rule)
        return None

    def accesses(self, subject: str) -> Iterator[tuple[str, str, str]]:
        for rule in self.of(subject):
            for target in self.targets(rule):
                own = "self" if target == subject else target
                for permission in rule.perms:
                    yield own, str(rule.tclass), str(permission)


def main(path: str) -> None:
    asked = json.loads(Path(path).read_text(encoding="utf-8"))
    subjects = set(asked["subjects"])
    questions = asked["questions"]
    rules = Rules(asked["policy"], subjects | {asked["bare"]} | {question[0] for question in questions})
    bare = set(rules.accesses(asked["bare"]))
    own: dict[str, dict[str, list[str]]] = {}
    for subject in sorted(subjects):
        found: dict[str, list[str]] = defaultdict(list)
        for target, tclass, permission in sorted(set(rules.accesses(subject)) - bare):
            found[f"{target} {tclass}"].append(permission)
        own[subject] = found
    told = {
        "own": own,
        "answers": [rules.answer(*question) for question in questions],
        "engines": rules.members(asked["engine"]),
        "unknown": sorted(
            {name for q in questions for name in q[:2]}
            - rules.attributes.keys()
            - rules.groups
            - rules.aliases.keys()
            - {"self"}
        ),
        "permissive": sorted(str(each) for each in rules.policy.types() if each.ispermissive),
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
