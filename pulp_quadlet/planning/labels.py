"""Where labels of a policy belong, read from its own text, and how it is remembered which of them files bear already.

A folder can hold millions of files. So only its own label is looked at, and what was done to all below it is kept in a
mark: for each path a digest of the file contexts that were in force when it was labelled last, whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pulp_quadlet.model.policy import Policy
from pulp_quadlet.paths import is_below

MARK = "selinux"
"""The name under which the mark is kept, among those of services."""
UNKNOWN = "unknown"
"""In place of a digest while a path is labelled."""
_FILECON = re.compile(
    r'^\s*\(filecon "(?P<path>[^"]+)" (?P<what>\w+) (?:\(\w+ \w+ (?P<type>\w+) .*|\(\)\))', re.MULTILINE
)
_SUBTREE = "(/.*)?"
_ESCAPED = re.compile(r"\\(.)")
_ENDS = re.compile(r"(?<!\\)[.^$?*+|\[({]")
"""Where the part of a regular expression ends that stands for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContext:
    """One line of a policy about files."""

    stem: str
    """The path that it begins with, in letters that stand for themselves."""
    plain: bool
    """Whether the stem is all of it, but for what is below."""
    whole: bool
    """Whether it is about the stem itself, and not only about something below."""
    type: str
    """Empty for paths that get no label at all."""
    line: str


def file_contexts(texts: Iterable[str]) -> tuple[FileContext, ...]:
    """All of them, in modules in CIL."""
    return tuple(
        FileContext(
            stem=_ESCAPED.sub(r"\1", _ENDS.split(found["path"], maxsplit=1)[0]).rstrip("/") or "/",
            plain=_is_plain(found["path"]),
            whole=_is_whole(found["path"], found["what"]),
            type=found["type"] or "",
            line=found[0].strip(),
        )
        for text in texts
        for found in _FILECON.finditer(text)
    )


def types(contexts: Iterable[FileContext]) -> dict[str, str]:
    """For each path that is named without a pattern, or with all below it, the type that it carries itself."""
    return {each.stem: each.type for each in contexts if each.whole and each.type}


def wanted_mark(policy: Policy) -> dict[str, str]:
    """For each path of a policy, a digest of what it says about this path and all around it."""
    contexts = file_contexts(module.text for module in policy.modules)
    return {root: _digest(_about(root, policy.roots, contexts)) for root in policy.roots}


def read_mark(text: str) -> dict[str, str]:
    """What was remembered."""
    found = (line.partition(" ") for line in text.splitlines())
    return {path: digest for digest, _, path in found if path}


def write_mark(mark: Mapping[str, str]) -> str:
    """The same as a text."""
    return "".join(f"{digest} {path}\n" for path, digest in sorted(mark.items()))


def _is_whole(path: str, what: str) -> bool:
    """What is said of files below a folder is not said of the folder."""
    return _is_plain(path) and (not path.endswith(_SUBTREE) or what in {"any", "dir"})


def _is_plain(path: str) -> bool:
    return not _ENDS.search(path.removesuffix(_SUBTREE))


def _about(root: str, roots: tuple[str, ...], contexts: tuple[FileContext, ...]) -> Iterator[str]:
    """What is said of it and of what is above and below; what lies in another root below has its own digest."""
    inner = [each for each in roots if each != root and is_below(each, (root,))]
    for each in contexts:
        if is_below(root, (each.stem,)) or (is_below(each.stem, (root,)) and not is_below(each.stem, inner)):
            yield each.line


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
