"""A package that pip did not find: no such name, no such version, or none for this Python or this machine."""

from __future__ import annotations

import difflib
import re

from pulp_quadlet.errors import Problem
from pulp_quadlet.locking.known import KNOWN
from pulp_quadlet.locking.said import Said, file_of, in_words, name_of

_SHOWN = 8
_NOT_FOUND = re.compile(
    r"Could not find a version that satisfies the requirement (?P<what>.+?)(?: \(from (?P<by>(?!versions:).+?)\))?"
    r" \(from versions: (?P<versions>.*)\)$"
)
_OTHER_PYTHON = re.compile(r"Ignored the following versions that require a different python version: (.*)")
_OTHER_MACHINE = re.compile(r"(\S+\.whl) is not a supported wheel on this platform")
_NEEDS_PYTHON = re.compile(r"(\S+) Requires-Python ([^;]+)")


def other_machine(said: Said) -> Problem | None:
    """A lock may come from another machine, and a base image may have another Python by now."""
    found = _OTHER_MACHINE.search(said.text)
    if found is None:
        return None
    return Problem(
        code="lock-of-another-machine",
        message=f"{found[1]} is for another kind of machine or another Python than the image has",
        help=("`pulp-quadlet plugin upgrade` locks what there is for this one",),
    )


def missing(said: Said) -> Problem | None:
    """The problem, where a line tells of one."""
    found = next((match for line in said.lines if (match := _NOT_FOUND.search(line))), None)
    if found is None:
        return None
    what, versions = found["what"], found["versions"]
    name, by = name_of(what), (found["by"] or "").partition("->")[0]
    wanted_by = name_of(by) if by and not by.startswith("-r ") else ""
    where = said.place(wanted_by or name)
    asked = (f"{wanted_by} wants it",) if wanted_by else ()
    if versions != "none":
        return Problem(
            code="no-such-version",
            message=f"there is no version of {name} that fits `{what.removeprefix(name).strip() or what}`",
            where=where,
            notes=(*asked, f"there are {_newest(versions)}"),
        )
    if other := _other_python(said, name):
        return Problem(code="no-release-for-python", message=other[0], where=where, notes=(*asked, *other[1]))
    near = tuple(dict.fromkeys((*difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.75), *said.alike)))
    return Problem(
        code="unknown-package",
        message=f"the package index has no package `{name}`",
        where=where,
        notes=asked,
        help=(f"did you mean {' or '.join(f'`{each}`' for each in near)}?",) if near else (),
    )


def _other_python(said: Said, name: str) -> tuple[str, tuple[str, ...]] | None:
    """The sentence and its reasons, where all that there is of a package is for another Python or another machine."""
    line = next((match[1] for line in said.lines if (match := _OTHER_PYTHON.search(line))), "")
    found = _NEEDS_PYTHON.findall(line)
    if found:
        version, python = found[-1]
        return f"{name} has no release for the Python of the image", (f"{version} wants Python {python.strip()}",)
    files = [file_of(line.rpartition(": ")[2].split()[0]) for line in said.lines if "the wheel's tags" in line]
    if files:
        return f"{name} has no release for this kind of machine and its Python", (f"there is {files[-1]}",)
    return None


def _newest(versions: str) -> str:
    every = versions.split(", ")
    few = every[-_SHOWN:]
    older = f"{len(every) - _SHOWN} older ones, " if len(every) > _SHOWN else ""
    return older + in_words(few)
