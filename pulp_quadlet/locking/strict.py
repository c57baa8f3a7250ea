"""What a lock may hold: its words go to pip and into recipes, and whoever wrote the file may not have been us."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from pulp_quadlet.model.lock import Lock, LockedPackage
from pulp_quadlet.schema.words import has_control_characters

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"[A-Za-z0-9.!+_-]{1,100}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{1,250}")
# neither a blank, a quote or a fragment, nor what pip would take for a variable of its environment
_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~:!&()*+,;=%/?-]*)?")
_PYTHON = re.compile(r"[0-9]{1,2}\.[0-9]{1,3}")
_BASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,500}")


def wrong_with(lock: Lock) -> Iterator[str]:
    """All that is in no lock of ours, each as a clause."""
    if not _is(_PYTHON, lock.python):
        yield f"`{lock.python}` is no version of Python"
    if not _is(_BASE, lock.base):
        yield f"`{lock.base}` is no base image"
    for each in lock.requirements:
        if not _is_requirement(each):
            yield f"`{each}` is no requirement"
    for name, count in Counter(each.name for each in lock.packages).items():
        if count > 1:
            yield f"`{name}` is locked {count} times"
    for package in lock.packages:
        for clause in _wrong_with(package):
            yield f"package `{package.name}`: {clause}"


def _wrong_with(package: LockedPackage) -> Iterator[str]:
    if not _is(_NAME, package.name):
        yield "that is no name of a package"
    if not _is_version(package.version):
        yield f"`{package.version}` is no version"
    yield from (f"`{each}` is no requirement" for each in package.requires if not _is_requirement(each))
    match package.kind:
        case "wheel" | "sdist":
            yield from _wrong_with_file(package)
        case "git":
            yield from _wrong_with_commit(package)
        case "folder":
            yield from _wrong_with_digest(package)
            if not _is_folder(package.folder):
                yield f"`{package.folder}` is no folder"


def _wrong_with_commit(package: LockedPackage) -> Iterator[str]:
    if not _is(_COMMIT, package.commit):
        yield f"`{package.commit}` is no commit"
    if not _is(_URL, package.url):
        yield f"`{package.url}` is no address of a git repository"


def _wrong_with_file(package: LockedPackage) -> Iterator[str]:
    yield from _wrong_with_digest(package)
    named = _is(_NAME, package.name) and _is_version(package.version)
    if named and not _is_file(package):
        yield f"`{package.file}` is no {package.kind} of that name and version"
    if package.url and not (_is(_URL, package.url) and _end(package.url) == package.file):
        yield f"`{package.url}` is no address of that file"


def _wrong_with_digest(package: LockedPackage) -> Iterator[str]:
    if not _is(_SHA256, package.sha256):
        yield f"`{package.sha256}` is no SHA-256"


def _is(pattern: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _is_version(text: object) -> bool:
    try:
        return _is(_VERSION, text) and bool(Version(str(text)))
    except InvalidVersion:
        return False


def _is_requirement(text: object) -> bool:
    try:
        return isinstance(text, str) and not has_control_characters(text) and bool(Requirement(text).name)
    except InvalidRequirement:
        return False


def _is_file(package: LockedPackage) -> bool:
    if not _is(_FILE, package.file):
        return False
    try:
        if package.kind == "wheel":
            name, version, _, _ = parse_wheel_filename(package.file)
        else:
            name, version = parse_sdist_filename(package.file)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return False
    return (name, version) == (canonicalize_name(package.name), Version(package.version))


def _is_folder(text: object) -> bool:
    return (
        isinstance(text, str)
        and text.startswith("/")
        and not text.startswith("//")
        and posixpath.normpath(text) == text
        and ":" not in text
        and not has_control_characters(text)
    )


def _end(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])
