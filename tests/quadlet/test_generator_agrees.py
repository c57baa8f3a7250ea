"""Podman's own generator decides: what encode() writes comes out as the literal words, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pulp_quadlet.quadlet import dryrun
from pulp_quadlet.quadlet.commandline import LIVE, entries, split_exec
from pulp_quadlet.quadlet.encode import Inexpressible, encode
from pulp_quadlet.quadlet.expected import expected_arguments, lost
from pulp_quadlet.quadlet.keys import FILE_SINCE, keys_of
from pulp_quadlet.quadlet.unit import Entry, Unit
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.quadlet.generator import Generator
from tests.quadlet.hostile import entry_of

pytestmark = pytest.mark.lab

SECTIONS = {"Container": ".container", "Network": ".network", "Volume": ".volume", "Image": ".image", "Build": ".build"}

# What the smallest unit of each sort says, and what some keys cannot be without.
SMALLEST = {
    "Container": {"Image": "registry.example/image:1"},
    "Network": {},
    "Volume": {},
    "Image": {"Image": "registry.example/image:1"},
    "Build": {"ImageTag": "localhost/image:1", "File": "/srv/Containerfile"},
}
NEEDED = {
    ("Network", "Gateway"): {"Subnet": "10.1.0.0/16"},
    ("Network", "IPRange"): {"Subnet": "10.1.0.0/16"},
    ("Volume", "Type"): {"Device": "tmpfs"},
}
# These may change other lines too: the name is used to stop, a path of the host must be mounted first.
TOUCHED_BESIDES = {
    "ContainerName": {"ExecStop", "ExecStopPost"},
    "ContainersConfModule": {"ExecStop", "ExecStopPost"},
    "GlobalArgs": {"ExecStop", "ExecStopPost"},
    "Volume": {"RequiresMountsFor"},
    "Mount": {"RequiresMountsFor"},
    "File": {"WorkingDirectory"},
}
# What Quadlet says of its own accord where the key is not there; `%N` is a specifier that stays alive.
BY_DEFAULT = {
    "CgroupsMode": ("--cgroups", "split"),
    "ContainerName": ("--name", f"systemd-{LIVE}%N"),
    "NetworkName": ("systemd-{}",),
    "VolumeName": ("systemd-{}",),
}
REFERENCES = (".network", ".container", ".volume", ".image", ".build")


def unit_with(entry: Entry | None, section: str, number: int) -> Unit:
    return Unit(f"u{number}{SECTIONS[section]}", (*_needed(entry, section), *([entry] if entry else [])))


def unit_without(entry: Entry, section: str, number: int) -> Unit:
    """The same unit with what it cannot be without in place of the entry."""
    default = SMALLEST[section].get(entry.key)
    back = (Entry(section, entry.key, default),) if default else ()
    return Unit(f"u{number}{SECTIONS[section]}", (*_needed(entry, section), *back))


def _needed(entry: Entry | None, section: str) -> tuple[Entry, ...]:
    needed = SMALLEST[section] | (NEEDED.get((section, entry.key), {}) if entry else {})
    return tuple(Entry(section, name, value) for name, value in needed.items() if not entry or name != entry.key)


def written(unit: Unit, version: PodmanVersion) -> str:
    lines = [f"{entry.key}={encode(entry, version)}" for entry in unit.entries]
    return "\n".join([f"[{unit.section}]", *lines, ""])


def refers(entry: Entry) -> bool:
    """Whether a value names another unit, which has no place in this test."""
    return any(part.split(":")[0].endswith(REFERENCES) for word in entry.words for part in (word, *word.split("=")))


def command(service: str) -> tuple[str, ...]:
    (line,) = [value for section, name, value in entries(service) if (section, name) == ("Service", "ExecStart")]
    return split_exec(line)


def other_lines(service: str, besides: set[str]) -> list[tuple[str, str, str]]:
    return [
        line for line in entries(service)
        if not line[0].startswith("X-") and line[1] not in {"ExecStart", "SourcePath"} | besides
    ]  # fmt: skip


def without(argv: tuple[str, ...], expected: tuple[tuple[str, ...], ...]) -> set[tuple[str, ...]]:
    """Everything that `argv` can be less the expected words, whose option may be joined to its value by `=`."""
    found = {argv}
    for words in expected:
        found = {less for each in found for form in (words, ("=".join(words),)) for less in _less(each, form)}
    return found


def _less(argv: tuple[str, ...], words: tuple[str, ...]) -> list[tuple[str, ...]]:
    size = len(words)
    return [argv[:at] + argv[at + size :] for at in range(len(argv) - size + 1) if argv[at : at + size] == words]


def words_of(unit: Unit, key: str) -> tuple[tuple[str, ...], ...]:
    if key in BY_DEFAULT and not unit.all(key):
        return (tuple(word.format(unit.name.partition(".")[0]) for word in BY_DEFAULT[key]),)
    return tuple(each.words for each in expected_arguments(unit) if each.entry.key == key)


@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate),  # a failure names the one entry of the batch that is wrong
)
@pytest.mark.parametrize("section", SECTIONS)
def test_a_hostile_value_comes_back_as_it_is(generator: Generator, section: str, data: st.DataObject) -> None:
    """Either there is no text for a value, or exactly its words reach podman and no other line changes."""
    version = generator.version()
    pairs, files, bases = [], {}, {}
    drawn = data.draw(st.lists(entry_of(section), min_size=30, max_size=60), label=section)
    for number, entry in enumerate(drawn):
        unit, base = unit_with(entry, section, number), unit_without(entry, section, number)
        try:
            text = written(unit, version)
        except Inexpressible:
            continue
        if not refers(entry):
            files[unit.name], bases[unit.name] = text, written(base, version)
            pairs.append((unit, base, entry.key))
    if pairs:
        services, based = generator.services(files), generator.services(bases)
        for unit, base, key in pairs:
            agrees(key, (unit, services[unit.service]), (base, based[unit.service]))


def agrees(key: str, ours: tuple[Unit, str], base: tuple[Unit, str]) -> None:
    assert lost(*ours) == (), command(ours[1])
    besides = TOUCHED_BESIDES.get(key, set())
    assert other_lines(ours[1], besides) == other_lines(base[1], besides)
    left, plain = (without(command(service), words_of(unit, key)) for unit, service in (ours, base))
    assert left & plain, (key, [word for word in command(ours[1]) if word not in command(base[1])])


def test_the_table_of_keys_is_the_generator_s(generator: Generator) -> None:
    """A key is refused exactly by the releases before the one that the table names."""
    version = generator.version()
    told = {}
    for section, suffix in (*SECTIONS.items(), ("Pod", ".pod")):
        for name, known in keys_of(section).items():
            text = "\n".join(f"{each}={value}" for each, value in SMALLEST.get(section, {}).items() if each != name)
            result = generator.run({f"a{suffix}": f"[{section}]\n{text}\n{name}=1\n"})
            told[section, name] = ("unsupported key" in result.stderr, version < known.since)
    assert {each: pair for each, pair in told.items() if pair[0] != pair[1]} == {}


def test_no_type_of_file_is_older_than_the_table_says(generator: Generator) -> None:
    """Each type of unit that the table knows is read by every generator at hand."""
    assert all(since <= generator.version() for since in FILE_SINCE.values())
    files = {
        f"a{suffix}": written(unit_with(None, section, 0), generator.version()) for section, suffix in SECTIONS.items()
    }
    assert set(generator.services(files)) == {Unit(name, ()).service for name in files}


def test_messages_name_their_file(generator: Generator) -> None:
    """What is wrong with a unit comes with the unit, and the good one beside it is generated."""
    result = generator.run({"bad.container": "[Container]\nImage=a.example/b\nFoo=1\n", "good.network": "[Network]\n"})
    ((file, message),) = dryrun.messages(result.stderr)
    assert file == "bad.container"
    assert message.startswith("unsupported key 'Foo' in group 'Container' in ")
    assert set(dryrun.services(result.stdout)) == {"good-network.service"}


def test_one_line_that_is_no_assignment_loses_every_unit(generator: Generator) -> None:
    """Not only the unit that it stands in: whatever lies in the same folder is not generated either."""
    result = generator.run({"bad.container": "[Container]\nImage\n", "good.network": "[Network]\n"})
    assert result.status == 1
    assert dryrun.services(result.stdout) == {}
    assert "bad.container" in dict(dryrun.messages(result.stderr))
