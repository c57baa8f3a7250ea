"""Why pip found no answer, in words: its own are long, and those that matter stand in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from packaging.utils import canonicalize_name

from pulp_quadlet.errors import HostError, Problem, PulpQuadletError, SiteError
from pulp_quadlet.locking.missing import missing, other_machine
from pulp_quadlet.locking.network import network
from pulp_quadlet.locking.said import Locate, Said, file_of, in_words, name_of

_KEPT_LINES = 20
_SHOWN = 8
_HASH = re.compile(r"^    \S.*?((?:https?|file)://[^\s#]+)")
_EXPECTED = re.compile(r"^\s*Expected \S+ +(?:or )?(\S+)$")
_GOT = re.compile(r"^\s*Got +(\S+)$")
_GIT = re.compile(r"git clone .*?(https?://\S+)")
_PATHSPEC = re.compile(r"pathspec '(.+?)' did not match|couldn't find remote ref (\S+)|invalid refspec '(.+?)'")
_OTHER_NAME = re.compile(r"inconsistent name: expected '(.+?)', but metadata has '(.+?)'")
_NO_END = re.compile(r"^pip came to no end in (\S+) seconds$", re.MULTILINE)
_REQUESTED = re.compile(r"^\s*The user requested (?!\(constraint\))(.+)$")
_DEPENDS = re.compile(r"^\s*(\S+) (\S+) depends on (.+)$")
_BUILD = re.compile(r"\u00d7 (.+?) did not run successfully|Failed to build '(.+?)'")
_OF_BUILD = re.compile(r"ailed (?:to build|building).*?'?([A-Za-z0-9._-]+)'?\)?$")


def explained(
    lines: tuple[str, ...],
    alike: tuple[str, ...] = (),
    requirements: tuple[str, ...] = (),
    locate: Locate = lambda _path: None,
) -> PulpQuadletError:
    """The error for what pip printed: of the site file where one of its keys is behind it, else of the host."""
    said = Said(lines=lines, alike=alike, requirements=requirements, locate=locate)
    problem = next(found for reason in _REASONS if (found := reason(said)))
    return (SiteError if problem.where else HostError)(problem)


def not_understood(why: str) -> PulpQuadletError:
    """For an answer that is none."""
    return HostError(Problem(code="pip-failed", message="what pip answered cannot be read", notes=(why,)))


def _disk(said: Said) -> Problem | None:
    return disk_full() if re.search(r"\[Errno (28|122)\]|No space left on device", said.text) else None


def disk_full() -> Problem:
    """For a disk without room for what pip or we have to write."""
    return Problem(
        code="disk-full",
        message="there is no room left on the disk for Python packages",
        help=("`df -h /var/lib/pulp-quadlet` tells how full it is",),
    )


def _hash(said: Said) -> Problem | None:
    if "DO NOT MATCH THE HASHES" not in said.text:
        return None
    url = next((found[1] for line in said.lines if (found := _HASH.search(line))), "")
    wanted = next((found[1] for line in said.lines if (found := _EXPECTED.match(line))), "")
    got = next((found[1] for line in said.lines if (found := _GOT.match(line))), "")
    file = file_of(url) or "a package"
    return Problem(
        code="wrong-hash",
        message=f"{file} is not the file that it should be",
        notes=(
            f"its SHA-256 is {got}",
            f"it should be   {wanted}",
            *([f"it came from {url}"] if url else ()),
        ),
        help=("somebody has changed it on its way or at its place: find out who, before you lock it anew",),
    )


def _git(said: Said) -> Problem | None:
    """What git said stands behind a frame that pip draws."""
    if "git" not in said.text or not re.search(r"\u00d7 git |Cannot find command 'git'", said.text):
        return None
    cloned = _GIT.search(said.text)
    name = _plugin_of(said, cloned[1] if cloned else "")
    notes = tuple(
        line.strip(" │╰─>\u00d7") for line in said.lines if re.match(r"\W*(fatal|error|remote): (?!subproc)", line)
    )
    if missing := _PATHSPEC.search(said.text):
        rev = next(group for group in missing.groups() if group)
        return Problem(
            code="git-failed",
            message=f"the git repository of {name} has no branch, tag or commit `{rev}`",
            where=said.place(name, "rev"),
        )
    return Problem(
        code="git-failed",
        message=f"the git repository of {name} cannot be cloned",
        where=said.place(name, "git"),
        notes=notes or said.lines[-_SHOWN:],
    )


def _network(said: Said) -> Problem | None:
    return network(said.lines)


def _conflict(said: Said) -> Problem | None:
    if "ResolutionImpossible" not in said.text and "conflicting dependencies" not in said.text:
        return None
    notes, names = [], []
    for line in said.lines:
        if (match := _REQUESTED.match(line)) and match[1] != name_of(match[1]):
            names.append(name_of(match[1]))
            notes.append(f"the site file asks for {match[1]}")
        elif match := _DEPENDS.match(line):
            names.append(canonicalize_name(match[1]))
            notes.append(f"{match[1]} {match[2]} wants {match[3]}")
    names = sorted(set(names))
    where = next((place for name in names if (place := said.place(name))), None)
    shown = sorted(dict.fromkeys(notes), key=lambda each: (not each.startswith("the site file"), each))
    more = (f"and {len(shown) - _SHOWN} more like these",) if len(shown) > _SHOWN else ()
    return Problem(
        code="package-conflict",
        message=f"{in_words(names) or 'what is asked for'} do not go together",
        where=where,
        notes=(*shown[:_SHOWN], *more),
        help=("leave one of them out, or allow other versions of it",),
    )


def _no_end(said: Said) -> Problem | None:
    """What the newest releases want of each other is all that is known then; mostly it tells."""
    if not (found := _NO_END.search(said.text)):
        return None
    wants = [match for line in said.lines if (match := _DEPENDS.match(line))]
    names = sorted({canonicalize_name(each[1]) for each in wants})
    return Problem(
        code="no-answer",
        message=f"pip found no versions that go together in {found[1]} seconds",
        where=next((place for name in names if (place := said.place(name))), None),
        notes=tuple(f"{each[1]} {each[2]} wants {each[3]}" for each in wants),
        help=("leave out what cannot go with the others, or give ranges in which pip need not search for long",),
    )


def _another_name(said: Said) -> Problem | None:
    if not (found := _OTHER_NAME.search(said.text)):
        return None
    return Problem(
        code="other-package",
        message=f"what should be {found[1]} is {found[2]}",
        where=said.place(canonicalize_name(found[1])),
    )


def _build(said: Said) -> Problem | None:
    what = next((match for line in said.lines if (match := _BUILD.search(line))), None)
    if what is None:
        return None
    name = next((canonicalize_name(match[1]) for line in said.lines if (match := _OF_BUILD.search(line))), "")
    return Problem(
        code="build-failed",
        message=f"{name or 'a package'} cannot be made into a wheel: `{what[1] or what[2]}` failed",
        where=said.place(name) if name else None,
        notes=tuple(_output(said.lines))[-_KEPT_LINES:],
    )


def _output(lines: tuple[str, ...]) -> Iterator[str]:
    """What the build itself said, which pip prints in a frame."""
    inside = False
    for line in lines:
        if "[end of output]" in line:
            return
        if inside:
            yield line.strip()
        inside = inside or "lines of output]" in line


def _anything(said: Said) -> Problem:
    return Problem(code="pip-failed", message="pip found no answer", notes=said.lines[-_KEPT_LINES:])


_REASONS: tuple[Callable[[Said], Problem | None], ...] = (
    _disk,
    _hash,
    _no_end,
    _git,
    _network,
    _another_name,
    _conflict,
    other_machine,
    missing,
    _build,
    _anything,
)


def _plugin_of(said: Said, url: str) -> str:
    """The one that comes from a git repository."""
    found = (each for each in said.requirements if "git+" in each and (url in each or not url))
    return next((name_of(each) for each in found), "a plugin")
