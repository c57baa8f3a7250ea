"""What moved, and who holds what back, in words."""

from __future__ import annotations

from pulp_quadlet.locking.holders import holders, wall, without
from pulp_quadlet.locking.moves import moves
from tests.locking.packages import lock, package

CORE = "pulpcore"


def test_what_moved() -> None:
    before = lock(
        package(CORE, "3.122.0"),
        package("pulp-rpm", "3.39.4"),
        package("gone", "1.0"),
        package("local", "1.0.dev", kind="folder", folder="/src", sha256="a" * 64),
        package("same", "1.0"),
    )
    after = lock(
        package(CORE, "3.123.1"),
        package("pulp-rpm", "3.38.5"),
        package("fresh", "2.0"),
        package("local", "1.0.dev", kind="folder", folder="/src", sha256="b" * 64),
        package("same", "1.0"),
    )
    assert [move.words for move in moves(before, after)] == [
        "fresh 2.0 is new",
        "gone 1.0 is gone",
        "local 1.0.dev has other content",
        "pulp-rpm 3.39.4 -> 3.38.5, which is older",
        "pulpcore 3.122.0 -> 3.123.1",
    ]
    assert [move.direction for move in moves(before, after)] == ["new", "gone", "changed", "down", "up"]


def test_versions_are_compared_as_versions() -> None:
    [move] = moves(lock(package(CORE, "3.9")), lock(package(CORE, "3.10")))
    assert move.direction == "up"


def test_a_first_lock_is_new_altogether() -> None:
    assert [move.direction for move in moves(None, lock(package(CORE, "3.9")))] == ["new"]


LOCKED = lock(
    package(CORE, "3.114.2"),
    package("pulp-rust", "0.0.0", "pulpcore<3.115,>=3.105"),
    package("pulp-rpm", "3.38.5", "pulpcore<3.130,>=3.105"),
    package("pulp-old", "1.0", "pulpcore<=3.114.9"),
    package("pulp-pinned", "1.0", "pulpcore==3.114.*"),
    asked=("pulpcore", "pulp-rust", "pulp-rpm<3.39"),
)


def test_who_holds_a_package_back() -> None:
    other = lock(package(CORE, "3.123.1"))
    assert [held.words for held in without(holders(LOCKED, CORE, "3.123.1"), other)] == [
        "pulp-pinned 1.0 holds pulpcore at `==3.114.*`; without it you get 3.123.1",
        "pulp-old 1.0 holds pulpcore at 3.114.9 or below; without it you get 3.123.1",
        "pulp-rust 0.0.0 holds pulpcore below 3.115; without it you get 3.123.1",
    ]


def test_the_site_file_holds_a_package_back() -> None:
    assert [held.words for held in holders(LOCKED, "pulp-rpm", "3.39.4")] == ["the site file holds pulp-rpm below 3.39"]


def test_nobody_holds_what_is_not_there_or_new_enough() -> None:
    assert holders(LOCKED, "django", "6") == ()
    assert holders(LOCKED, "pulp-rust", "1.0") == ()
    assert without(holders(LOCKED, CORE, "3.114.2"), LOCKED) == ()


def test_the_next_wall() -> None:
    assert wall(
        lock(package(CORE, "3.1"), package("a", "1", "pulpcore<3.130"), package("b", "1", "pulpcore<3.145"))
    ) == (
        "3.130",
        ("a",),
    )
    assert wall(LOCKED) == ("3.115", ("pulp-rust",))
    assert wall(lock(package(CORE, "3.1"))) is None
