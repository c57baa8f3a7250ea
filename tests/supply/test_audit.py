"""Each finding of an audit, in its words."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.model.contents import Bill, Contents, Finding, Packed
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.supply.audit import audit
from tests.supply.test_bill import FOUND, IMAGE, LOCK, WHERE, locked, python

BILL = Bill(reference=IMAGE.reference, id=IMAGE.id, packages=FOUND.packages)


def found(contents: Contents = FOUND, bill: Bill | None = BILL, lock: Lock | None = LOCK) -> list[tuple[str, str, str]]:
    """Kinds, packages and messages."""
    findings = list(audit(IMAGE, contents, bill, lock))
    assert {each.role for each in findings} <= {"pulp"}
    return [(each.kind, each.package, each.message) for each in findings]


def with_package(packed: Packed) -> Contents:
    kept = tuple(each for each in FOUND.packages if each.key != packed.key)
    return replace(FOUND, packages=(*kept, packed))


def without(name: str) -> Contents:
    return replace(FOUND, packages=tuple(each for each in FOUND.packages if each.name != name))


def test_an_image_that_is_what_its_bill_says_has_no_finding() -> None:
    assert found() == []
    assert found(lock=None) == []


def test_an_image_without_a_bill() -> None:
    message = f"{IMAGE.reference} has no bill of materials, so nothing tells what should be in it"
    assert found(bill=None) == [("no-bill", "", message)]


def test_another_image_in_its_place() -> None:
    message = f"{IMAGE.reference} is aaaaaaaaaaaa, and its bill of materials is of ffffffffffff"
    assert found(bill=replace(BILL, id="f" * 64)) == [("other-image", "", message)]


def test_a_package_that_was_added() -> None:
    planted = with_package(python("planted", "1.0"))
    assert found(planted) == [
        ("added", "planted", "planted 1.0 is in it, and not in its bill of materials"),
        ("unlocked", "planted", "planted 1.0 is in it, and not in the lock"),
    ]
    debian = with_package(Packed(ecosystem="deb", name="netcat", version="1.2", architecture="amd64"))
    assert found(debian) == [
        ("added", "netcat", "the Debian package netcat 1.2 is in it, and not in its bill of materials")
    ]


def test_a_package_that_is_missing() -> None:
    assert found(without("django")) == [
        ("missing", "django", "django 5.2.8 is in its bill of materials, and not in it"),
        ("unlocked", "django", "django 5.2.8 is in the lock, and not in it"),
    ]


def test_a_package_in_another_version() -> None:
    assert found(with_package(python("django", "5.2.9"))) == [
        ("other-version", "django", "django 5.2.9 is in it, and 5.2.8 is in its bill of materials"),
        ("unlocked", "django", "django 5.2.9 is in it, and 5.2.8 is in the lock"),
    ]


def test_a_package_with_other_checksums() -> None:
    other = with_package(replace(python("django", "5.2.8"), files="1f" * 32))
    message = "django 5.2.8 has other checksums than when its bill of materials was written"
    assert found(other) == [("repacked", "django", message)]


def test_files_that_were_changed() -> None:
    wrong = tuple((f"{WHERE}/django/{number}.py", "was changed") for number in range(7))
    changed = with_package(replace(python("django", "5.2.8"), wrong=wrong))
    names = ", ".join(f"{WHERE}/django/{number}.py was changed" for number in range(5))
    message = f"django 5.2.8 is not as it was packed: {names} and 2 more"
    assert found(changed) == [("changed", "django", message)]
    gone = replace(FOUND.packages[-1], wrong=(("usr/bin/x", "is missing"),))
    message = "the Debian package libc6 2.41-12 is not as it was packed: usr/bin/x is missing"
    assert found(with_package(gone)) == [("changed", "libc6", message)]


def test_files_of_no_package() -> None:
    message = f"files that belong to no package: {WHERE}/sitecustomize.py"
    assert found(replace(FOUND, stray=(f"{WHERE}/sitecustomize.py",))) == [("stray", "", message)]


def test_only_the_environment_of_pulp_is_held_against_the_lock() -> None:
    assert "pip" in {each.name for each in FOUND.packages}
    more = replace(LOCK, packages=(*LOCK.packages, locked("six", "1.17.0")))
    assert found(lock=more) == [("unlocked", "six", "six 1.17.0 is in the lock, and not in it")]


def test_a_finding_names_the_role_of_the_image() -> None:
    [finding] = audit(replace(IMAGE, role="web"), replace(FOUND, packages=()), None, None)
    assert isinstance(finding, Finding)
    assert finding.role == "web"
