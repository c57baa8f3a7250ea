"""A real systemd decides: the program that a generated service starts gets exactly the literal words."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulp_quadlet.quadlet.commandline import LIVE, entries, split_exec
from pulp_quadlet.quadlet.encode import Inexpressible, encode
from pulp_quadlet.quadlet.expected import lost
from pulp_quadlet.quadlet.keys import Kind, keys_of
from pulp_quadlet.quadlet.unit import Entry, Unit
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.lab.machine import Machine
from tests.quadlet.generator import Generator, program_of, tree
from tests.quadlet.hostile import SNIPPETS

pytestmark = pytest.mark.lab

# Every character that some reader might treat in its own way, between letters and alone.
VALUES = [*SNIPPETS, *(f"a{chr(point)}b" for point in (*range(1, 0x100), 0x2028, 0xFEFF, 0x1F600)), "x" * 131_071]

# Keys that take any text; each value goes through all kinds of reading.
KEYS = ("HealthCmd", "SecurityLabelType", "Sysctl", "LogOpt", "Exec", "Secret", "Environment", "Label", "Tmpfs", "DNS")

RECORDER = "/run/recorder"
RECORD = """\
#!/bin/sh
file=/run/argv/$PODMAN_SYSTEMD_UNIT
[ -e "$file" ] || printf '%s\\0' "$0" "$@" > "$file"
"""
COLLECT = 'cd /run/argv && for each in *; do echo "$each $(base64 -w0 "$each")"; done'


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with Machine("t-quadlet") as machine:
        yield machine


def sample(version: PodmanVersion) -> Iterator[Unit]:
    """A unit for each value that can be written at all, said by every sort of key."""
    for number, value in enumerate(VALUES):
        said = [
            Entry("Container", name, ("A", value) if keys_of("Container")[name].kind is Kind.ASSIGNMENTS else value)
            for name in KEYS
            # all in one command line would be too long for the kernel
            if len(value) < 10_000 or name == "Exec"
        ]
        written = tuple(entry for entry in said if writable(entry, version))
        if written:
            shared = (
                Entry("Service", "Type", "oneshot"),
                Entry("Quadlet", "DefaultDependencies", "false"),
                Entry("Container", "Image", "registry.example/image:1"),
            )
            yield Unit(f"u{number}.container", (*shared, *written))


def writable(entry: Entry, version: PodmanVersion) -> bool:
    try:
        encode(entry, version)
    except Inexpressible:
        return False
    return True


def text_of(unit: Unit, version: PodmanVersion) -> str:
    lines = []
    for section in ("Quadlet", "Container", "Service"):
        lines += [f"[{section}]"]
        lines += [f"{each.key}={encode(each, version)}" for each in unit.entries if each.section == section]
    return "\n".join([*lines, ""])


def test_the_program_gets_the_literal_words(machine: Machine) -> None:
    """Podman's generator, systemd's reader and systemd's expansion, one after the other, change nothing."""
    generator = Generator(program_of(tree("trixie")))
    version = generator.version()
    units = {unit.service: unit for unit in sample(version)}
    assert len(units) > 0.8 * len(VALUES)
    services = generator.services({unit.name: text_of(unit, version) for unit in units.values()}, podman=RECORDER)
    started = start(machine, services)
    for name, unit in units.items():
        assert lost(unit, services[name]) == ()
        assert started[name] == as_systemd_fills_in(services[name], name)


def start(machine: Machine, services: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The words that the program of each service was started with."""
    with tempfile.TemporaryDirectory() as folder:
        for name, service in services.items():
            Path(folder, name).write_bytes(service.encode())
        machine.copy_in(Path(folder), "/run/units")
    machine.run(["sh", "-c", f"mkdir -p /run/argv; cat > {RECORDER}; chmod 755 {RECORDER}"], input=RECORD.encode())
    machine.run(["sh", "-c", "cp /run/units/* /run/systemd/system/ && systemctl daemon-reload"])
    machine.run(["systemctl", "start", *services], timeout=300)
    lines = machine.run(["sh", "-c", COLLECT]).stdout.splitlines()
    return {name: _words(encoded) for name, _, encoded in (line.partition(" ") for line in lines)}


def _words(encoded: str) -> tuple[str, ...]:
    return tuple(base64.b64decode(encoded).decode().split("\0")[:-1])


def as_systemd_fills_in(service: str, name: str) -> tuple[str, ...]:
    """The command line by split_exec(), with the two specifiers that Quadlet itself writes."""
    (line,) = [value for section, key, value in entries(service) if (section, key) == ("Service", "ExecStart")]
    stem = name.removesuffix(".service")
    return tuple(word.replace(f"{LIVE}%N", stem).replace(f"{LIVE}%t", "/run") for word in split_exec(line))


@pytest.mark.parametrize(
    ("line", "consequence"),
    [
        ('Sysctl="a=\r[Service]\rExecStartPre=/bin/true\r"', "ExecStartPre={ path=/bin/true"),
        ("Exec=a ; /bin/true", "path=/bin/true"),
        ("Exec=\ufffe", "LoadState=error"),
        ("Environment=A=%20y", "LoadState=bad-setting"),
    ],
)
def test_what_is_refused_would_do_harm(machine: Machine, line: str, consequence: str) -> None:
    """Quadlet takes each of these lines without a word; systemd then starts something else, or nothing."""
    head = "[Service]\nType=oneshot\n[Container]\nImage=registry.example/image:1\n"
    services = Generator(program_of(tree("trixie"))).services({"harm.container": f"{head}{line}\n"})
    machine.run(["sh", "-c", "cat > /run/systemd/system/harm.service"], input=services["harm.service"].encode())
    machine.run(["systemctl", "daemon-reload"])
    shown = machine.run(["systemctl", "show", "harm.service", "--property=LoadState,ExecStart,ExecStartPre"]).stdout
    assert consequence in shown
