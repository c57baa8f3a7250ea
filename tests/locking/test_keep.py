"""What is locked stays as far as it goes together with what is new."""

from __future__ import annotations

from pulp_quadlet.locking.keep import ALL, kept
from tests.locking.packages import lock, package, versions

CORE, RPM = "pulpcore", "pulp-rpm"
ASKED = (CORE, RPM)
FORMER = lock(
    package(CORE, "3.122.0", "django<5.3"),
    package(RPM, "3.39.0", "pulpcore<3.130,>=3.118"),
    package("django", "5.2.1"),
    asked=ASKED,
)
NEWEST = lock(
    package(CORE, "3.123.1", "django<5.3"),
    package(RPM, "3.39.4", "pulpcore<3.130,>=3.118"),
    package("django", "5.2.8"),
    asked=ASKED,
)


def test_without_a_former_lock_all_is_new() -> None:
    assert kept(None, NEWEST) == NEWEST


def test_nothing_moves_that_need_not() -> None:
    assert kept(FORMER, NEWEST).packages == FORMER.packages


def test_all_moves_when_it_is_asked_for() -> None:
    assert kept(FORMER, NEWEST, {ALL}) == NEWEST


def test_one_moves_alone() -> None:
    assert versions(kept(FORMER, NEWEST, {RPM})) == {CORE: "3.122.0", RPM: "3.39.4", "django": "5.2.1"}


def test_one_moves_with_what_it_needs_newer() -> None:
    newest = lock(
        package(CORE, "3.123.1", "django<5.3"),
        package(RPM, "3.40.0", "pulpcore<3.130,>=3.123"),
        package("django", "5.2.8"),
        asked=ASKED,
    )
    assert versions(kept(FORMER, newest, {RPM})) == {CORE: "3.123.1", RPM: "3.40.0", "django": "5.2.1"}


def test_a_plugin_that_is_new_comes_alone() -> None:
    asked = (*ASKED, "pulp-npm")
    newest = lock(*NEWEST.packages, package("pulp-npm", "0.10.2", "pulpcore<3.130,>=3.105", "semver"), asked=asked)
    newest = lock(*newest.packages, package("semver", "3.0"), asked=asked)
    found = kept(FORMER, newest)
    assert versions(found) == {**versions(FORMER), "pulp-npm": "0.10.2", "semver": "3.0"}
    assert found.requirements == asked


def test_a_plugin_that_is_new_drags_others_down() -> None:
    asked = (*ASKED, "pulp-rust")
    newest = lock(
        package(CORE, "3.114.2", "django<5.3"),
        package(RPM, "3.38.5", "pulpcore<3.130,>=3.105"),
        package("pulp-rust", "0.0.0", "pulpcore<3.115,>=3.105"),
        package("django", "5.2.8"),
        asked=asked,
    )
    assert versions(kept(FORMER, newest)) == {
        CORE: "3.114.2",
        RPM: "3.38.5",
        "pulp-rust": "0.0.0",
        "django": "5.2.1",
    }


def test_what_nobody_needs_any_more_goes() -> None:
    newest = lock(package(CORE, "3.123.1", "django<5.3"), package("django", "5.2.8"))
    assert versions(kept(FORMER, newest)) == {CORE: "3.122.0", "django": "5.2.1"}


def test_another_range_moves_the_package_that_it_is_about() -> None:
    newest = lock(*NEWEST.packages, asked=(CORE, "pulp-rpm>=3.39.2"))
    assert versions(kept(FORMER, newest)) == {CORE: "3.122.0", RPM: "3.39.4", "django": "5.2.1"}


def test_a_former_package_that_needs_what_is_not_there_moves() -> None:
    former = lock(package(CORE, "3.122.0", "gone-since"), package("gone-since", "1"))
    newest = lock(package(CORE, "3.123.1"))
    broken = lock(package(CORE, "3.122.0", "gone-since"))
    assert versions(kept(former, newest)) == {CORE: "3.122.0", "gone-since": "1"}
    assert kept(broken, newest) == newest


def test_a_checkout_is_as_it_is_now() -> None:
    def checkout(digest: str) -> dict[str, str]:
        return {"kind": "folder", "folder": "/src", "sha256": digest * 64}

    asked = (CORE, "pulp-rpm @ file:///mnt/sources/pulp_rpm")
    former = lock(package(CORE, "3.122.0"), package(RPM, "3.40.0.dev", **checkout("a")), asked=asked)
    newest = lock(package(CORE, "3.123.1"), package(RPM, "3.40.0.dev", **checkout("b")), asked=asked)
    found = kept(former, newest)
    assert versions(found) == versions(former)
    assert [each.sha256[0] for each in found.packages if each.name == RPM] == ["b"]


def test_a_commit_stays_until_it_is_to_move() -> None:
    def commit(letter: str) -> dict[str, str]:
        return {"kind": "git", "url": "https://git.example.org/rpm", "commit": letter * 40}

    asked = (CORE, "pulp-rpm @ git+https://git.example.org/rpm@main")
    former = lock(package(CORE, "3.122.0"), package(RPM, "3.40.0.dev", **commit("a")), asked=asked)
    newest = lock(package(CORE, "3.123.1"), package(RPM, "3.40.0.dev", **commit("b")), asked=asked)
    assert kept(former, newest).packages == former.packages
    moved = kept(former, newest, {RPM})
    assert [(each.version, each.commit[:1]) for each in moved.packages] == [("3.40.0.dev", "b"), ("3.122.0", "")]


def test_wheels_of_another_python_move() -> None:
    """Those that any Python can install stay."""
    wheel = {"kind": "wheel", "file": "fast-1.0-cp312-cp312-linux_x86_64.whl", "sha256": "a" * 64}
    newer = {"kind": "wheel", "file": "fast-1.1-cp313-cp313-linux_x86_64.whl", "sha256": "b" * 64}
    former = lock(package(CORE, "3.122.0", "fast"), package("fast", "1.0", **wheel), python="3.12")
    newest = lock(package(CORE, "3.123.1", "fast"), package("fast", "1.1", **newer))
    assert versions(kept(former, newest)) == {CORE: "3.122.0", "fast": "1.1"}


def test_an_extra_that_is_wanted_anew_brings_what_it_needs() -> None:
    """Also where the version is the one that was locked: pip's new answer knows what the extra needs."""
    asked = (*ASKED, "pulp-npm")
    npm = package("pulp-npm", "1", "django[argon2]")
    both = (npm, package("argon2", "1"), package(RPM, "3.39.4", "pulpcore<3.130,>=3.118"))
    same = lock(package(CORE, "3.123.1", "django<5.3"), package("django", "5.2.1", "argon2"), *both, asked=asked)
    found = kept(FORMER, same)
    assert versions(found) == {**versions(FORMER), "pulp-npm": "1", "argon2": "1"}
    newer = lock(package(CORE, "3.123.1", "django<5.3"), package("django", "5.2.8", "argon2"), *both, asked=asked)
    assert versions(kept(FORMER, newer)) == {**versions(FORMER), "pulp-npm": "1", "argon2": "1", "django": "5.2.8"}


def test_an_extra_that_only_a_kept_package_wants_stays() -> None:
    former = lock(
        package(CORE, "3.122.0", "django[argon2]"), package("django", "5.2.1", "argon2"), package("argon2", "1")
    )
    newest = lock(package(CORE, "3.123.1", "django"), package("django", "5.2.1"))
    assert versions(kept(former, newest)) == versions(former)
    newest = lock(package(CORE, "3.123.1", "django"), package("django", "5.2.8"))
    assert versions(kept(former, newest)) == versions(former)
    assert versions(kept(former, newest, {"django"})) == {CORE: "3.123.1", "django": "5.2.8"}
