"""What a package index knows of vulnerabilities: where to ask it, and what it answered.

That is the JSON API of PyPI, which other indexes have as well: `/pypi/NAME/VERSION/json` beside `/simple/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pulp_quadlet.model.contents import Contents, Described, Finding
from pulp_quadlet.model.lock import Lock

PYPI = "https://pypi.org/simple/"
_SIMPLE = "/simple"
Release = tuple[str, str]
"""A package of an index: name and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What an index said."""

    known: Mapping[Release, tuple[Mapping[str, Any], ...]]
    """The vulnerabilities of each release that it could tell of."""
    silent: tuple[str, ...] = ()
    """Why it could not tell of others, each reason once."""
    untold: int = 0
    """Of how many releases it could not tell."""


def release_url(index: str | None, name: str, version: str) -> str | None:
    """Where an index tells of one release; None where it has no such place. Without an index it is PyPI."""
    parts = urlsplit(index or PYPI)
    path = parts.path.rstrip("/")
    if not path.endswith(_SIMPLE):
        return None
    path = f"{path.removesuffix(_SIMPLE)}/pypi/{quote(name, safe='')}/{quote(version, safe='')}/json"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def releases(found: Mapping[str, Contents], lock: Lock | None) -> tuple[Release, ...]:
    """What an index may know of: the Python packages of images, but for those built from a source of their own."""
    own = {each.name for each in lock.packages if each.kind in {"git", "folder"}} if lock else set()
    packages = (each for contents in found.values() for each in contents.packages)
    return tuple(
        sorted({(each.name, each.version) for each in packages if each.ecosystem == "pypi" and each.name not in own})
    )


def vulnerable(image: Described, contents: Contents, answers: Answers) -> Iterator[Finding]:
    """The packages of an image that are known to be vulnerable."""
    python = {(each.name, each.version) for each in contents.packages if each.ecosystem == "pypi"}
    for name, version in sorted(python & answers.known.keys()):
        for each in answers.known[name, version]:
            if not each.get("withdrawn"):
                message = f"{name} {version} is vulnerable: {_words(each)}"
                yield Finding(kind="vulnerable", role=image.role, package=name, message=message)


def listed(answer: Any) -> tuple[Mapping[str, Any], ...] | None:
    """The vulnerabilities in an answer; None where it has no such list, as other indexes leave it out."""
    found = answer.get("vulnerabilities") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return None
    return tuple(found)


def _words(said: Mapping[str, Any]) -> str:
    names = [str(said.get("id") or "without a name"), *_strings(said.get("aliases"))]
    summary = str(said.get("summary") or "").strip().partition("\n")[0]
    fixed = _strings(said.get("fixed_in"))
    mended = f", mended in {', '.join(fixed)}" if fixed else ""
    return f"{' '.join(dict.fromkeys(names))}{mended}" + (f" ({summary})" if summary else "")


def _strings(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
