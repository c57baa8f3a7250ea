"""Bills of materials: what stands in them, by the schema of CycloneDX itself, and what an audit reads of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.contents import Contents, Described, Packed
from pulp_quadlet.model.lock import Kind, Lock, LockedPackage
from pulp_quadlet.supply.bill import bill_text
from pulp_quadlet.supply.contents import contents
from pulp_quadlet.supply.read_bill import read_bill

WHERE = "opt/pulp/lib/python3.13/site-packages"
IMAGE = Described(
    role="pulp",
    reference="localhost/pulp-quadlet/pulp:0123",
    id="a" * 64,
    base=f"docker.io/library/debian:trixie-slim@sha256:{'b' * 64}",
)


def python(name: str, version: str, licence: str = "", where: str = WHERE) -> Packed:
    return Packed(ecosystem="pypi", name=name, version=version, where=where, files="0f" * 32, licence=licence)


FOUND = Contents(
    packages=(
        python("pulpcore", "3.123.1", "GPL-2.0-or-later"),
        python("pulp-file", "1.16.0", "MIT OR Apache-2.0"),
        python("django", "5.2.8", "The licence of somebody"),
        python("pip", "25.1", where="opt/tools"),
        Packed(ecosystem="deb", name="libc6", version="2.41-12", architecture="amd64", files="e" * 64),
    ),
    distribution="debian",
    release="13",
)


def locked(name: str, version: str, kind: Kind = "wheel", requires: tuple[str, ...] = ()) -> LockedPackage:
    about: dict[str, Any] = {"name": name, "version": version, "kind": kind, "requires": requires}
    if kind == "git":
        return LockedPackage(url="https://git.example.org/p.git", commit="c" * 40, **about)
    file = f"{name}-{version}-py3-none-any.whl"
    return LockedPackage(url=f"https://files.example.org/{file}", file=file, sha256="d" * 64, **about)


LOCK = Lock(
    requirements=("pulpcore[s3]>=3.100", "pulp-file @ git+https://git.example.org/p.git@main"),
    base="docker.io/library/debian:trixie-slim",
    python="3.13",
    packages=(
        locked("django", "5.2.8"),
        locked("pulp-file", "1.16.0", "git", ("pulpcore>=3.100",)),
        locked("pulpcore", "3.123.1", requires=("Django<5.3,>=5.2", "pip")),
    ),
)


def bill(found: Contents = FOUND, lock: Lock | None = LOCK) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(bill_text(IMAGE, found, lock, 1_750_000_000.0))
    return said


def part(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in bill()["components"] if each["name"] == name)
    return found


@pytest.mark.parametrize("lock", [LOCK, None])
def test_it_is_valid_by_the_schema_of_cyclonedx(lock: Lock | None) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill_text(IMAGE, FOUND, lock, 0.0)) is None


def test_it_is_of_one_image_by_its_id_and_says_who_wrote_it() -> None:
    about = bill()["metadata"]
    assert about["timestamp"] == "2025-06-15T15:06:40+00:00"
    assert [each["name"] for each in about["tools"]["components"]] == ["pulp-quadlet"]
    image = about["component"]
    assert (image["name"], image["version"], image["type"]) == (IMAGE.reference, f"sha256:{IMAGE.id}", "container")
    assert image["properties"] == [{"name": "pulp-quadlet:role", "value": "pulp"}]


def test_the_base_image_is_a_part_with_its_digest() -> None:
    base = part("docker.io/library/debian:trixie-slim")
    assert (base["type"], base["version"]) == ("container", f"sha256:{'b' * 64}")


def test_a_python_package_has_its_hash_and_its_origin_from_the_lock() -> None:
    core = part("pulpcore")
    assert (core["purl"], core["version"]) == ("pkg:pypi/pulpcore@3.123.1", "3.123.1")
    assert core["hashes"] == [{"alg": "SHA-256", "content": "d" * 64}]
    assert core["externalReferences"] == [
        {"type": "distribution", "url": "https://files.example.org/pulpcore-3.123.1-py3-none-any.whl"}
    ]
    [vcs] = part("pulp-file")["externalReferences"]
    assert (vcs["type"], vcs["comment"]) == ("vcs", "c" * 40)
    assert "hashes" not in part("pulp-file")


def test_a_licence_is_an_identifier_an_expression_or_a_name() -> None:
    assert part("pulpcore")["licenses"] == [{"license": {"id": "GPL-2.0-or-later"}}]
    assert part("pulp-file")["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert part("django")["licenses"] == [{"license": {"name": "The licence of somebody"}}]


def test_a_debian_package_is_named_with_its_release() -> None:
    assert part("libc6")["purl"] == "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13"


def test_an_rpm_package_has_its_epoch_apart() -> None:
    dbus = Packed(ecosystem="rpm", name="dbus", version="1:1.14.10-1.el9", architecture="x86_64", licence="MIT")
    said = bill(Contents(packages=(dbus,), distribution="centos", release="9"))
    [part] = [each for each in said["components"] if each["name"] == "dbus"]
    assert part["purl"] == "pkg:rpm/centos/dbus@1.14.10-1.el9?arch=x86_64&distro=centos-9&epoch=1"
    assert part["version"] == "1:1.14.10-1.el9"
    assert part["licenses"] == [{"license": {"id": "MIT"}}]


def test_packages_depend_on_each_other_within_their_environment() -> None:
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill()["dependencies"]}
    core, file = f"pkg:pypi/pulpcore@3.123.1#{WHERE}", f"pkg:pypi/pulp-file@1.16.0#{WHERE}"
    assert needs[core] == [f"pkg:pypi/django@5.2.8#{WHERE}"]
    assert needs[file] == [core]
    assert set(needs["image"]) == {"base", core, file, "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13"}


def test_it_says_that_packages_of_another_kind_are_not_listed() -> None:
    said = bill(Contents(packages=(), foreign=True))
    incomplete = {"name": "pulp-quadlet:incomplete", "value": "packages of the system are not listed"}
    assert said["metadata"]["properties"] == [incomplete]


def test_the_same_image_has_the_same_bill() -> None:
    assert bill_text(IMAGE, FOUND, LOCK, 1.0) == bill_text(IMAGE, FOUND, LOCK, 1.0)


def test_an_audit_reads_of_it_what_it_needs() -> None:
    read = read_bill(bill_text(IMAGE, FOUND, LOCK, 0.0), "a.cdx.json")
    assert (read.reference, read.id) == (IMAGE.reference, IMAGE.id)
    assert {each.key: (each.version, each.files) for each in read.packages} == {
        each.key: (each.version, each.files) for each in FOUND.packages
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no json", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("{}", "KeyError: 'metadata'"),
        ("[]", "TypeError: list indices must be integers or slices, not str"),
    ],
)
def test_what_is_no_bill_is_refused(text: str, why: str) -> None:
    with pytest.raises(HostError) as caught:
        read_bill(text, "/b/a.cdx.json")
    assert caught.value.problems == (
        Problem(
            code="bill-unreadable",
            message="the bill of materials /b/a.cdx.json cannot be read",
            notes=(why,),
            help=("remove /b/a.cdx.json: `pulp-quadlet image sbom` writes a new one, of what is there now",),
        ),
    )


def test_what_the_program_in_the_container_says_is_understood() -> None:
    said = {
        "distribution": {"id": "debian", "version": "13"},
        "python": [
            {
                "name": "six",
                "version": "1.17.0",
                "where": WHERE,
                "licence": "MIT",
                "requires": [],
                "files": "0f",
                "wrong": [["opt/x.py", "was changed"]],
            }
        ],
        "debian": [{"name": "libc6", "version": "2.41", "architecture": "amd64", "files": "0e", "wrong": []}],
        "rpm": [
            {
                "name": "dbus",
                "version": "1:1.14.10-1.el9",
                "architecture": "x86_64",
                "licence": "MIT",
                "files": "0d",
                "wrong": [],
            }
        ],
        "foreign": False,
        "stray": ["opt/y.py"],
    }
    assert contents(said) == Contents(
        packages=(
            Packed(
                ecosystem="pypi",
                name="six",
                version="1.17.0",
                where=WHERE,
                licence="MIT",
                files="0f",
                wrong=(("opt/x.py", "was changed"),),
            ),
            Packed(ecosystem="deb", name="libc6", version="2.41", architecture="amd64", files="0e"),
            Packed(
                ecosystem="rpm",
                name="dbus",
                version="1:1.14.10-1.el9",
                architecture="x86_64",
                files="0d",
                licence="MIT",
            ),
        ),
        distribution="debian",
        release="13",
        stray=("opt/y.py",),
    )
