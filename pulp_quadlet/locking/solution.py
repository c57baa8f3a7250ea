"""What pip found, as a lock: its report is the input (pip's documentation, "Installation report")."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pulp_quadlet.locking.question import Question
from pulp_quadlet.model.lock import Kind, Lock, LockedPackage

# what stays in an address as it is; the rest is written in the other way, and a lock with it can be read again
_IN_ADDRESSES = "%/:?=&,;~+!*()[]"


class NoSolutionError(ValueError):
    """What was said is no report of pip."""


def solution(said: Mapping[str, Any], asked: Question, base: str, checkouts: Mapping[str, tuple[str, str]]) -> Lock:
    """The lock of a report. `checkouts` has the folder and the digest of each plugin that comes from a checkout.

    Raises NoSolutionError when it is none.
    """
    try:
        environment = said["environment"]
        needed = _needed(said["install"], asked, environment)
        packages = tuple(_package(each, needed, checkouts) for each in said["install"])
        python = str(environment["python_version"])
    except (KeyError, TypeError, AttributeError, InvalidRequirement) as error:
        raise NoSolutionError(f"{type(error).__name__}: {error}") from error
    ordered = tuple(sorted(packages, key=lambda each: each.name))
    return Lock(requirements=asked.requirements, base=base, python=python, packages=ordered)


def _package(
    said: Mapping[str, Any], needed: Mapping[str, set[str]], checkouts: Mapping[str, tuple[str, str]]
) -> LockedPackage:
    name = str(canonicalize_name(said["name"]))
    common: dict[str, Any] = {
        "name": name,
        "version": said["version"],
        "requires": tuple(sorted(needed.get(name, ()))),
    }
    source = said["download_info"]
    if "dir_info" in source:
        folder, digest = checkouts[name]
        return LockedPackage(kind="folder", folder=folder, sha256=digest, **common)
    if "vcs_info" in source:
        return LockedPackage(kind="git", url=source["url"], commit=source["vcs_info"]["commit_id"], **common)
    return LockedPackage(**_file(source), **common)


def _file(source: Mapping[str, Any]) -> dict[str, Any]:
    parts = urlsplit(source["url"])
    file = unquote(posixpath.basename(parts.path))
    kind: Kind = "wheel" if file.endswith(".whl") else "sdist"
    # a file of a folder on this host is found there again by its name
    url = "" if parts.scheme == "file" else quote(source["url"].partition("#")[0], safe=_IN_ADDRESSES)
    hashes = source["archive_info"]["hashes"]
    if "sha256" not in hashes:
        raise NoSolutionError(f"the package index tells no SHA-256 of {file}")
    return {"kind": kind, "url": url, "file": file, "sha256": hashes["sha256"]}


def _needed(
    install: Sequence[Mapping[str, Any]], asked: Question, environment: Mapping[str, str]
) -> Mapping[str, set[str]]:
    """What each package needs in the image, without markers. The report tells extras only where we asked for them
    ourselves, so it is walked as pip did: `psycopg[binary]` of one package makes another need more.
    """
    known = {canonicalize_name(each["name"]): _parsed(each) for each in install}
    extras: dict[str, set[str]] = {}
    found: dict[str, set[str]] = {name: set() for name in known}
    waiting = [Requirement(text) for text in asked.requirements]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name not in known or (name in extras and wanted.extras <= extras[name]):
            continue
        extras[name] = extras.get(name, set()) | wanted.extras
        for requirement in _holding(known[name], extras[name], environment):
            if str(requirement) not in found[name]:
                found[name].add(str(requirement))
                waiting.append(requirement)
    return found


def _parsed(said: Mapping[str, Any]) -> tuple[Requirement, ...]:
    return tuple(Requirement(text) for text in said.get("requires_dist", ()))


def _holding(
    requirements: Iterable[Requirement], extras: set[str], environment: Mapping[str, str]
) -> Iterator[Requirement]:
    """Those that hold in the image, without their markers."""
    for each in requirements:
        if each.marker is None or any(each.marker.evaluate({**environment, "extra": name}) for name in ("", *extras)):
            bare = Requirement(str(each))
            bare.marker = None
            yield bare
