"""Releases of Podman, the tables of keys, and units as values."""

from __future__ import annotations

import pytest

from pulp_quadlet.quadlet.keys import FILE_SINCE, Kind, key, keys_of, quadlet_sections
from pulp_quadlet.quadlet.unit import Entry, Unit, resource_names
from pulp_quadlet.quadlet.version import OLDEST, PodmanVersion


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.4", (5, 4, 0)),
        ("5.4.2", (5, 4, 2)),
        ("5.8.0-dev", (5, 8, 0)),
        ("4.9.3+ds1\n", (4, 9, 3)),
        ("6.0.0~rc1", (6, 0, 0)),
    ],
)
def test_a_version_is_read(text: str, expected: tuple[int, int, int]) -> None:
    version = PodmanVersion.parse(text)
    assert (version.major, version.minor, version.patch) == expected
    assert str(version) == "{}.{}.{}".format(*expected)


@pytest.mark.parametrize("text", ["", "5", "five", "5.4.2 x", "podman version 5.4.2", "5.x"])
def test_no_version(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a version of Podman: "):
        PodmanVersion.parse(text)


def test_versions_are_ordered_by_number() -> None:
    assert OLDEST < PodmanVersion(5, 4, 2) < PodmanVersion(5, 10)


@pytest.mark.parametrize(("version", "count"), [((4, 4), 29), ((4, 9), 73), ((5, 4), 87), ((5, 8), 94)])
def test_the_table_of_container_keys_is_complete(version: tuple[int, int], count: int) -> None:
    """The counts are those of the tables of supported keys in the sources of each release."""
    assert sum(each.since <= PodmanVersion(*version) for each in keys_of("Container").values()) == count


@pytest.mark.parametrize("section", quadlet_sections())
def test_every_key_is_described_in_full(section: str) -> None:
    for name, each in keys_of(section).items():
        assert (each.section, each.name) == (section, name)
        assert each.podman is None or not each.podman or each.podman.startswith("-")
        assert each.multiple or each.kind in {Kind.SCALAR, Kind.BOOLEAN, Kind.ARGUMENTS}


def test_an_unknown_key() -> None:
    """Quadlet refuses it; systemd has too many to list, so there it is plain text."""
    assert key("Container", "Bogus") is None
    found = key("Service", "Bogus")
    assert found is not None
    assert found.kind is Kind.PLAIN


@pytest.mark.parametrize(
    ("unit", "service", "resource"),
    [
        (Unit("a-1.container", ()), "a-1.service", "systemd-a-1"),
        (Unit("a.network", ()), "a-network.service", "systemd-a"),
        (Unit("a.network", (Entry("Network", "NetworkName", "b"),)), "a-network.service", "b"),
        (Unit("a.volume", (Entry("Volume", "ServiceName", "v"),)), "v.service", "systemd-a"),
        (Unit("a.image", (Entry("Image", "Image", "x"),)), "a-image.service", "x"),
        (Unit("a.build", (Entry("Build", "ImageTag", "x"), Entry("Build", "ImageTag", "y"))), "a-build.service", "x"),
        (Unit("a.pod", ()), "a-pod.service", "systemd-a"),
        (Unit("a.target", ()), "a.target", None),
    ],
)
def test_what_a_unit_becomes(unit: Unit, service: str, resource: str | None) -> None:
    assert unit.service == service
    assert unit.resource == resource
    assert resource_names([unit]) == ({} if resource is None else {unit.name: resource})


def test_every_type_of_file_has_a_section() -> None:
    assert {Unit(f"a{suffix}", ()).section for suffix in FILE_SINCE} == set(quadlet_sections()) - {"Quadlet"}
