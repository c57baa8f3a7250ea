"""A unit made to fit an older Podman: options in place of keys it lacks, or a problem where nothing means the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulp_quadlet.errors import Problem
from pulp_quadlet.quadlet.keys import FILE_SINCE, Key, Kind, key
from pulp_quadlet.quadlet.unit import Entry, Unit
from pulp_quadlet.quadlet.version import PodmanVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

Refusal = tuple[Entry | None, Problem]
"""What does not fit, with the entry that asked for it (None: the whole file), so that the caller can fill in where
in the site file that was; the problem's own `where` is None.
"""

_PODMAN = "/usr/bin/podman"  # the path that Quadlet itself writes
_NOTIFY_HEALTHY = PodmanVersion(5, 0)


def fit(unit: Unit, version: PodmanVersion) -> tuple[Unit, tuple[Refusal, ...]]:
    """`unit` for that version, and what of it that version cannot be told."""
    suffix = unit.suffix
    if suffix in FILE_SINCE and version < FILE_SINCE[suffix]:
        return unit, ((None, _too_old(f"`{suffix}` units", version, FILE_SINCE[suffix])),)
    entries: list[Entry] = []
    refusals: list[Refusal] = []
    for entry in unit.entries:
        found = key(entry.section, entry.key)
        if _fits(entry, found, version):
            entries.append(entry)
        elif found is not None and (instead := tuple(_instead(unit, entry, found, version))):
            entries.extend(instead)
        elif found is not None:
            refusals.append((entry, _too_old(_spoken(entry), version, _first(entry, found))))
    return Unit(unit.name, tuple(entries), unit.comment), tuple(refusals)


def _fits(entry: Entry, found: Key | None, version: PodmanVersion) -> bool:
    # An unknown key is not a matter of age; encode() says what is wrong with it.
    return found is None or version >= _first(entry, found)


def _first(entry: Entry, found: Key) -> PodmanVersion:
    return _NOTIFY_HEALTHY if _is_healthy(entry) else found.since


def _is_healthy(entry: Entry) -> bool:
    return (entry.section, entry.key, entry.words) == ("Container", "Notify", ("healthy",))


def _spoken(entry: Entry) -> str:
    return "`Notify=healthy`" if _is_healthy(entry) else f"`{entry.key}` in [{entry.section}]"


def _instead(unit: Unit, entry: Entry, found: Key, version: PodmanVersion) -> Iterator[Entry]:
    """Entries that mean exactly the same to that version; none where it has no way to say it."""
    if _is_healthy(entry):
        # Quadlet's own --sdnotify stands before PodmanArgs, and the last one counts. `podman run` has the policy
        # since 4.7 (podman#19353).
        yield _arguments(entry, ("--sdnotify=healthy",))
    elif entry.key in {"ReloadCmd", "ReloadSignal"}:
        yield _reload(unit, entry)
    elif found.podman and version >= found.option_since:
        yield _arguments(entry, tuple(_options(entry, found)))


def _options(entry: Entry, found: Key) -> Iterator[str]:
    match found.kind:
        case Kind.BOOLEAN:
            yield f"{found.podman}={'true' if entry.truth else 'false'}"
        case Kind.ASSIGNMENTS:
            yield f"{found.podman}={'='.join(entry.words)}"
        case _:
            for word in entry.words:
                yield f"{found.podman}={found.prefix}{word}"


def _reload(unit: Unit, entry: Entry) -> Entry:
    name = unit.resource or ""
    how = ("exec", name, *entry.words) if entry.key == "ReloadCmd" else ("kill", "--signal", *entry.words, name)
    return Entry("Service", "ExecReload", (_PODMAN, *how), entry.origin)


def _arguments(entry: Entry, words: tuple[str, ...]) -> Entry:
    return Entry(entry.section, "PodmanArgs", words, entry.origin)


def _too_old(what: str, version: PodmanVersion, first: PodmanVersion) -> Problem:
    return Problem("podman-too-old", f"Podman {version} does not know {what}; {first} is the first that does")
