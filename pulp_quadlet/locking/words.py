"""Why pip found no answer, in words: its own are long, and those that matter stand in the middle."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pulp_quadlet.errors import HostError, Location, Problem, PulpQuadletError, SiteError
from pulp_quadlet.locking.known import KNOWN
from pulp_quadlet.locking.network import network
from pulp_quadlet.model.service import SitePath

Locate = Callable[[SitePath], Location | None]

_KEPT_LINES = 20
_SHOWN = 8
_NOT_FOUND = re.compile(
    r"Could not find a version that satisfies the requirement (?P<what>.+?)(?: \(from (?P<by>(?!versions:).+?)\))?"
    r" \(from versions: (?P<versions>.*)\)$"
)
_OTHER_PYTHON = re.compile(r"Ignored the following versions that require a different python version: (.*)")
_NEEDS_PYTHON = re.compile(r"(\S+) Requires-Python ([^;]+)")
_HASH = re.compile(r"^\s*(?P<what>\S.*?) from (?P<url>\S+?):?$")
_EXPECTED = re.compile(r"^\s*Expected \S+ +(?:or )?(\S+)$")
_GOT = re.compile(r"^\s*Got +(\S+)$")
_GIT = re.compile(r"git clone .*?(https?://\S+)")
_PATHSPEC = re.compile(r"pathspec '(.+?)' did not match|couldn't find remote ref (\S+)|invalid refspec '(.+?)'")
_OTHER_NAME = re.compile(r"inconsistent name: expected '(.+?)', but metadata has '(.+?)'")
_REQUESTED = re.compile(r"^\s*The user requested (?!\(constraint\))(.+)$")
_DEPENDS = re.compile(r"^\s*(\S+) (\S+) depends on (.+)$")
_BUILD = re.compile(r"\u00d7 (.+?) did not run successfully|Failed to build '(.+?)'")
_OF_BUILD = re.compile(r"ailed (?:to build|building).*?'?([A-Za-z0-9._-]+)'?\)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What pip printed, and what is needed to say whose doing it is."""

    lines: tuple[str, ...]
    alike: tuple[str, ...]
    requirements: tuple[str, ...]
    locate: Locate

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def place(self, name: str, *keys: str) -> Location | None:
        """The key of the site file that asks for a package; None where no key does."""
        for path in (("plugins", name, *keys), ("plugins", name)):
            if found := self.locate(path):
                return found if _is_about(found, name) else None
        return None


def explained(
    lines: tuple[str, ...],
    alike: tuple[str, ...] = (),
    requirements: tuple[str, ...] = (),
    locate: Locate = lambda _path: None,
) -> PulpQuadletError:
    """The error for what pip printed: of the site file where one of its keys is behind it, else of the host."""
    said = _Said(lines=lines, alike=alike, requirements=requirements, locate=locate)
    problem = next(found for reason in _REASONS if (found := reason(said)))
    return (SiteError if problem.where else HostError)(problem)


def not_understood(why: str) -> PulpQuadletError:
    """For an answer that is none."""
    return HostError(Problem(code="pip-failed", message="what pip answered cannot be read", notes=(why,)))


def _is_about(where: Location, name: str) -> bool:
    """Whether a place is that of a plugin, and not of the table around all of them."""
    return name in canonicalize_name(where.source) or not where.source


def _disk(said: _Said) -> Problem | None:
    if "[Errno 28]" not in said.text and "No space left on device" not in said.text:
        return None
    return Problem(
        code="disk-full",
        message="there is no room left on the disk for Python packages",
        help=("`df -h /var/lib/pulp-quadlet` tells how full it is",),
    )


def _hash(said: _Said) -> Problem | None:
    if "DO NOT MATCH THE HASHES" not in said.text:
        return None
    url = next((found["url"] for line in said.lines if (found := _HASH.match(line))), "")
    wanted = next((found[1] for line in said.lines if (found := _EXPECTED.match(line))), "")
    got = next((found[1] for line in said.lines if (found := _GOT.match(line))), "")
    file = _file(url) or "a package"
    return Problem(
        code="wrong-hash",
        message=f"{file} is not the file that it should be",
        notes=(f"its SHA-256 is {got}", f"it should be   {wanted}", *([f"it came from {url}"] if url else ())),
        help=("somebody has changed it on its way or at its place: find out who, before you lock it anew",),
    )


def _git(said: _Said) -> Problem | None:
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


def _network(said: _Said) -> Problem | None:
    return network(said.lines)


def _missing(said: _Said) -> Problem | None:
    found = next((match for line in said.lines if (match := _NOT_FOUND.search(line))), None)
    if found is None:
        return None
    what, versions = found["what"], found["versions"]
    name, by = _name(what), (found["by"] or "").partition("->")[0]
    wanted_by = _name(by) if by and not by.startswith("-r ") else ""
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
    near = tuple(dict.fromkeys((*difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.6), *said.alike)))
    return Problem(
        code="unknown-package",
        message=f"the package index has no package `{name}`",
        where=where,
        notes=asked,
        help=(f"did you mean {' or '.join(f'`{each}`' for each in near)}?",) if near else (),
    )


def _other_python(said: _Said, name: str) -> tuple[str, tuple[str, ...]] | None:
    """The sentence and its reasons, where all that there is of a package is for another Python or another machine."""
    line = next((match[1] for line in said.lines if (match := _OTHER_PYTHON.search(line))), "")
    found = _NEEDS_PYTHON.findall(line)
    if found:
        version, python = found[-1]
        return f"{name} has no release for the Python of the image", (f"{version} wants Python {python.strip()}",)
    files = [_file(line.rpartition(": ")[2].split()[0]) for line in said.lines if "the wheel's tags" in line]
    if files:
        return f"{name} has no release for this kind of machine and its Python", (f"there is {files[-1]}",)
    return None


def _conflict(said: _Said) -> Problem | None:
    if "ResolutionImpossible" not in said.text and "conflicting dependencies" not in said.text:
        return None
    notes, names = [], []
    for line in said.lines:
        if match := _REQUESTED.match(line):
            names.append(_name(match[1]))
            notes.append(f"the site file asks for {match[1]}")
        elif match := _DEPENDS.match(line):
            names.append(canonicalize_name(match[1]))
            notes.append(f"{match[1]} {match[2]} wants {match[3]}")
    names = list(dict.fromkeys(names))
    where = next((place for name in names if (place := said.place(name))), None)
    shown = tuple(dict.fromkeys(notes))
    more = (f"and {len(shown) - _SHOWN} more like these",) if len(shown) > _SHOWN else ()
    return Problem(
        code="package-conflict",
        message=f"{_and(names) or 'what is asked for'} do not go together",
        where=where,
        notes=(*shown[:_SHOWN], *more),
        help=("leave one of them out, or allow other versions of it",),
    )


def _another_name(said: _Said) -> Problem | None:
    if not (found := _OTHER_NAME.search(said.text)):
        return None
    return Problem(
        code="other-package",
        message=f"what should be {found[1]} is {found[2]}",
        where=said.place(canonicalize_name(found[1])),
    )


def _build(said: _Said) -> Problem | None:
    what = next((match for line in said.lines if (match := _BUILD.search(line))), None)
    if what is None:
        return None
    name = next((canonicalize_name(match[1]) for line in said.lines if (match := _OF_BUILD.search(line))), "")
    output = tuple(
        line.strip(" │╰─>") for line in said.lines if line.lstrip().startswith(("│", "╰")) or "rror:" in line
    )
    return Problem(
        code="build-failed",
        message=f"{name or 'a package'} cannot be made into a wheel: `{what[1] or what[2]}` failed",
        where=said.place(name) if name else None,
        notes=output[-_KEPT_LINES:],
    )


def _anything(said: _Said) -> Problem:
    return Problem(code="pip-failed", message="pip found no answer", notes=said.lines[-_KEPT_LINES:])


_REASONS: tuple[Callable[[_Said], Problem | None], ...] = (
    _disk,
    _hash,
    _git,
    _network,
    _another_name,
    _conflict,
    _missing,
    _build,
    _anything,
)


def _name(requirement: str) -> str:
    try:
        return str(canonicalize_name(Requirement(requirement).name))
    except InvalidRequirement:
        return str(canonicalize_name(re.split(r"[^A-Za-z0-9._-]", requirement.strip())[0]))


def _plugin_of(said: _Said, url: str) -> str:
    """The one that comes from a git repository."""
    found = (each for each in said.requirements if "git+" in each and (url in each or not url))
    return next((_name(each) for each in found), "a plugin")


def _newest(versions: str) -> str:
    every = versions.split(", ")
    few = every[-_SHOWN:]
    older = f"{len(every) - _SHOWN} older ones, " if len(every) > _SHOWN else ""
    return older + _and(few)


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _file(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _lines(text: str) -> Iterator[str]:
    yield from text.splitlines()
