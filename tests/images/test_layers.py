"""In which layers packages go into Pulp's image."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.errors import SiteError
from pulp_quadlet.images.layers import layers
from pulp_quadlet.model.deployment import Packages
from pulp_quadlet.model.lock import Lock, LockedPackage
from tests.hostile_sites import text


def wheel(name: str, *requires: str, version: str = "1.0") -> LockedPackage:
    return LockedPackage(
        name=name, version=version, kind="wheel", file=f"{name}.whl", sha256="0" * 64, requires=requires
    )


PACKAGES = (
    wheel("django"),
    wheel("lxml"),
    wheel("pulp-npm", "pulpcore<4", "semver"),
    wheel("pulp-rpm", "pulpcore>=3", "lxml[html]>=5", "Some.Thing"),
    wheel("pulpcore", "Django<6", "shared"),
    wheel("semver"),
    wheel("shared", "django"),
    wheel("some-thing", "lxml", "pulp_rpm"),
)
LOCK = Lock(requirements=("pulpcore", "pulp-rpm", "pulp-npm"), base="x", python="3.13", packages=PACKAGES)


def of(lock: Lock | None, *names: str) -> dict[str, tuple[str, ...]]:
    asked = Packages(requirements=names, lock=lock)
    return {each.name: tuple(line.partition("==")[0] for line in each.lines) for each in layers(asked, names)}


def test_each_plugin_has_what_the_layers_before_it_have_not() -> None:
    assert of(LOCK, "pulpcore", "pulp-rpm", "pulp-npm") == {
        "pulpcore": ("django", "pulpcore", "shared"),
        "pulp-rpm": ("lxml", "pulp-rpm", "some-thing"),
        "pulp-npm": ("pulp-npm", "semver"),
    }


def test_a_plugin_that_is_added_leaves_the_layers_of_the_others_as_they_are() -> None:
    two = layers(Packages(requirements=(), lock=LOCK), ("pulpcore", "pulp-rpm"))
    three = layers(Packages(requirements=(), lock=LOCK), ("pulpcore", "pulp-rpm", "pulp-npm"))
    assert two[0] == three[0]
    without = tuple(each for each in PACKAGES if each.name not in {"pulp-npm", "semver"})
    lock = replace(LOCK, packages=without)
    assert layers(Packages(requirements=(), lock=lock), ("pulpcore", "pulp-rpm")) == three[:2]


def test_what_nobody_asks_for_is_in_the_last_layer() -> None:
    lock = replace(LOCK, packages=(*PACKAGES, wheel("stray")))
    assert of(lock, "pulpcore", "pulp-rpm", "pulp-npm")["pulp-npm"] == ("pulp-npm", "semver", "stray")


def test_a_wheel_of_an_index_has_its_hash_and_one_that_was_built_here_its_folder() -> None:
    commit = "a" * 40
    built = LockedPackage(name="pulp-rpm", version="2.dev0", kind="git", url="https://x/y", commit=commit)
    lock = replace(LOCK, packages=(wheel("lxml"), built))
    [layer] = layers(Packages(requirements=(), lock=lock), ("pulp-rpm",))
    assert layer.lines == (
        f"pulp-rpm==2.dev0 --find-links=/mnt/wheels/built/{commit}",
        f"lxml==1.0 --hash=sha256:{'0' * 64}",
    )


def test_without_a_lock_they_say_what_is_asked_for() -> None:
    asked = Packages(requirements=("pulpcore[s3]", "pulp-rpm>=3.30"))
    found = layers(asked, ("pulpcore", "pulp-rpm"))
    assert [(each.name, each.lines) for each in found] == [
        ("pulpcore", ("pulpcore[s3]",)),
        ("pulp-rpm", ("pulp-rpm>=3.30",)),
    ]


def test_a_package_that_would_be_an_option_of_pip_is_refused() -> None:
    lock = replace(LOCK, packages=(wheel("pulpcore", version="1 --index-url=https://evil.example.org"),))
    with pytest.raises(SiteError) as caught:
        of(lock, "pulpcore")
    [problem] = caught.value.problems
    assert problem.code == "lock-unusable"
    assert problem.message == (
        "the lock has a package that cannot be installed: 'pulpcore' '1 --index-url=https://evil.example.org' "
        f"'{'0' * 64}'"
    )
    assert problem.help == ("remove the lock file: the next `pulp-quadlet apply` writes a new one",)


@given(name=text, version=text, key=text, kind=st.sampled_from(("wheel", "sdist", "git", "folder")))
def test_hostile_text_of_a_lock_adds_no_line_and_no_word(name: str, version: str, key: str, kind: str) -> None:
    hashed = {"commit": key} if kind == "git" else {"sha256": key}
    package = replace(wheel("pulpcore"), name=name, version=version, kind=kind, **{"sha256": "", **hashed})  # type: ignore[arg-type]  # of the four
    lock = replace(LOCK, packages=(package,))
    try:
        [layer] = layers(Packages(requirements=(), lock=lock), ("pulpcore",))
    except SiteError:
        return
    [line] = layer.lines
    assert re.fullmatch(r"[a-z0-9-]+==\S+ (--hash=sha256:[0-9a-f]+|--find-links=/mnt/wheels/built/[0-9a-f]+)", line)
