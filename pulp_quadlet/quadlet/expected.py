"""What must be found again in the services that Quadlet generates: a check of Quadlet, which drops values silently."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pulp_quadlet.quadlet.commandline import entries, split_exec
from pulp_quadlet.quadlet.encode import encode
from pulp_quadlet.quadlet.keys import Key, Kind, key, quadlet_sections
from pulp_quadlet.quadlet.references import refer
from pulp_quadlet.quadlet.version import OLDEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulp_quadlet.quadlet.unit import Entry, Unit

__all__ = ["Expected", "expected_arguments", "lost", "split_exec"]

_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})
_SDNOTIFY: Final = {"true": "container", "healthy": "healthy", "false": "conmon"}


@dataclass(frozen=True, slots=True)
class Expected:
    """`words` stand one after the other in the command line that Quadlet writes for `command`.

    Two words of which the first is an option may be joined by `=` too. `tail` says that they are its last words.
    """

    words: tuple[str, ...]
    entry: Entry
    command: str = "ExecStart"
    tail: bool = False


def expected_arguments(unit: Unit, names: Mapping[str, str] = _NO_NAMES) -> tuple[Expected, ...]:
    """What podman must be told for each entry of Quadlet's own section.

    `names` gives the resources of the units that this one refers to (see :func:`.unit.resource_names`); without it,
    what a reference becomes is taken from Quadlet's defaults.
    """
    return tuple(expected for entry in unit.entries if entry.section == unit.section for expected in _expected(
        unit, entry, names
    ))  # fmt: skip


def lost(unit: Unit, generated: str, names: Mapping[str, str] = _NO_NAMES) -> tuple[Entry, ...]:
    """The entries of `unit` that cannot be found again, value and all, in the service that Quadlet generated for it.

    Every entry of systemd's own sections must stand in the service as it was written.
    """
    written = entries(generated)
    commands = _commands(written)
    missing = [each.entry for each in expected_arguments(unit, names) if not _present(each, commands, unit)]
    missing += [
        entry
        for entry in unit.entries
        if entry.section not in quadlet_sections() and (entry.section, entry.key, encode(entry, OLDEST)) not in written
    ]
    return tuple(dict.fromkeys(missing))


def _expected(unit: Unit, entry: Entry, names: Mapping[str, str]) -> Iterator[Expected]:
    found = key(entry.section, entry.key)
    if found is None:
        return
    if special := _SPECIAL.get((entry.section, entry.key)):
        yield from special(unit, entry, names)
    elif found.podman is not None:
        for words in _option(found, entry, names):
            tail = found.podman == "" and not found.multiple
            yield Expected(words, entry, "ExecStartPre" if unit.section == "Pod" else "ExecStart", tail=tail)


def _option(found: Key, entry: Entry, names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    option = (found.podman,) if found.podman else ()
    match found.kind:
        case Kind.BOOLEAN if entry.truth:
            yield (*option, found.prefix) if found.prefix else option
        case Kind.BOOLEAN if not found.only_true:
            yield (f"{found.podman}=false",)
        case Kind.BOOLEAN:
            return
        case Kind.ASSIGNMENTS:
            yield (*option, "=".join(entry.words))
        case _ if not option and found.multiple:
            yield entry.words
        case _:
            for word in entry.words:
                text = word.lower() if found.check == "capability" else refer(found, word, names)
                if text is not None:
                    yield (*option, found.prefix + text)


def _present(expected: Expected, commands: Mapping[str, list[tuple[str, ...]]], unit: Unit) -> bool:
    for argv in commands.get(expected.command, []):
        arguments = _before_tail(argv, unit) if not expected.tail else argv
        if expected.tail and argv[len(argv) - len(expected.words) :] == expected.words:
            return True
        if not expected.tail and any(_contains(arguments, words) for words in _spellings(expected.words)):
            return True
    return False


def _before_tail(argv: tuple[str, ...], unit: Unit) -> tuple[str, ...]:
    """Without the container's own command, in which an option of podman may stand as a word too."""
    command = [entry.words for entry in unit.all("Exec") if entry.section == "Container"]
    length = len(command[-1]) if command else 0
    return argv[: len(argv) - length]


def _spellings(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if len(words) == 2 and words[0].startswith("-"):
        option, value = words
        yield (f"{option}={value}",)
        if option == "--workdir":  # 4.x, read in its sources
            yield (f"-w={value}",)
        if value in {"label=disable", "label=nested"}:
            yield option, value.replace("=", ":")  # 4.x, the same


def _contains(argv: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return not words or any(argv[at : at + len(words)] == words for at, word in enumerate(argv) if word == words[0])


def _commands(written: tuple[tuple[str, str, str], ...]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for section, name, value in written:
        if section == "Service" and name.startswith("Exec"):
            try:
                found.setdefault(name, []).append(split_exec(value))
            except ValueError:
                continue  # what systemd cannot read holds none of what was asked for
    return found


def _user(unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    user, group = unit.last("User"), unit.last("Group")
    if user:
        yield Expected(("--user", f"{user}:{group}" if group else user), entry)


def _notify(unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    if unit.last("Type", "Service") != "oneshot":
        yield Expected(("--sdnotify", _SDNOTIFY[entry.words[-1]]), entry)


def _last_word(_unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    yield Expected(entry.words, entry, tail=True)


def _image(unit: Unit, entry: Entry, names: Mapping[str, str]) -> Iterator[Expected]:
    found = key(entry.section, entry.key)
    image = refer(found, entry.words[-1], names) if found else None
    if image is not None:
        command = [each.words for each in unit.all("Exec")]
        yield Expected((image, *(command[-1] if command else ())), entry, tail=True)


def _mount_options(unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    owner = [f"{short}={unit.last(name)}" for name, short in (("User", "uid"), ("Group", "gid")) if unit.last(name)]
    options = unit.last("Options")
    yield Expected(("--opt", "o=" + ",".join([*owner, *([options] if options else [])])), entry)


def _copy(_unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    yield Expected(("--opt", "copy" if entry.truth else "nocopy"), entry)


def _volume_image(_unit: Unit, entry: Entry, names: Mapping[str, str]) -> Iterator[Expected]:
    found = key(entry.section, entry.key)
    image = refer(found, entry.words[-1], names) if found else None
    if image is not None:
        yield Expected(("--opt", f"image={image}"), entry)


def _reload_command(_unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    yield Expected(entry.words, entry, "ExecReload", tail=True)


def _reload_signal(_unit: Unit, entry: Entry, _names: Mapping[str, str]) -> Iterator[Expected]:
    yield Expected(("--signal", *entry.words), entry, "ExecReload")


_SPECIAL: Final[Mapping[tuple[str, str], Callable[[Unit, Entry, Mapping[str, str]], Iterator[Expected]]]] = {
    ("Container", "User"): _user,
    ("Container", "Group"): _user,
    ("Container", "Notify"): _notify,
    ("Container", "Image"): _image,
    ("Container", "ReloadCmd"): _reload_command,
    ("Container", "ReloadSignal"): _reload_signal,
    ("Container", "Exec"): _last_word,
    ("Image", "Image"): _last_word,
    ("Network", "NetworkName"): _last_word,
    ("Volume", "VolumeName"): _last_word,
    ("Volume", "User"): _mount_options,
    ("Volume", "Group"): _mount_options,
    ("Volume", "Options"): _mount_options,
    ("Volume", "Copy"): _copy,
    ("Volume", "Image"): _volume_image,
    ("Build", "SetWorkingDirectory"): _last_word,
}
