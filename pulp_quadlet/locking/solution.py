"""What pip found, as a lock: its report is the input (pip's documentation, "Installation report")."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pulp_quadlet.locking.question import Question
from pulp_quadlet.model.lock import Kind, Lock, LockedPackage


class NoSolutionError(ValueError):
    """What was said is no report of pip."""


def solution(said: Mapping[str, Any], asked: Question, base: str, checkouts: Mapping[str, tuple[str, str]]) -> Lock:
    """The lock of a report. `checkouts` has the folder and the digest of each plugin that comes from a checkout.

    Raises NoSolutionError when it is none.
    """
    try:
        environment = said["environment"]
        packages = tuple(_package(each, environment, checkouts) for each in said["install"])
        python = str(environment["python_version"])
    except (KeyError, TypeError, AttributeError, InvalidRequirement) as error:
        raise NoSolutionError(f"{type(error).__name__}: {error}") from error
    ordered = tuple(sorted(packages, key=lambda each: each.name))
    return Lock(requirements=asked.requirements, base=base, python=python, packages=ordered)


def _package(
    said: Mapping[str, Any], environment: Mapping[str, str], checkouts: Mapping[str, tuple[str, str]]
) -> LockedPackage:
    name = str(canonicalize_name(said["name"]))
    common: dict[str, Any] = {
        "name": name,
        "version": said["version"],
        "requires": tuple(sorted(_requires(said, environment))),
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
    url = "" if parts.scheme == "file" else source["url"].partition("#")[0]
    return {"kind": kind, "url": url, "file": file, "sha256": source["archive_info"]["hashes"]["sha256"]}


def _requires(said: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    """Those that hold in the image, each without its marker and once."""
    found = set()
    for text in said.get("requires_dist", ()):
        requirement = Requirement(text)
        extras = ("", *said.get("requested_extras", ()))
        if requirement.marker and not any(
            requirement.marker.evaluate({**environment, "extra": extra}) for extra in extras
        ):
            continue
        requirement.marker = None
        found.add(str(requirement))
    yield from found
