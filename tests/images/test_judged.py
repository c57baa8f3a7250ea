"""Whether an image of Pulp will do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pulp_quadlet.images.judged import Inspection, differences, inspection_in, judge, unknown
from pulp_quadlet.model.lock import Lock, LockedPackage

GOOD = Inspection(
    python="3.13",
    packages={"pulpcore": "3.123.1", "pulp-rpm": "3.39.4", "django": "5.2.19"},
    plugins=("pulp-rpm", "pulpcore"),
    programs=("pulpcore-api", "pulpcore-content", "pulpcore-manager", "pulpcore-worker"),
    user="pulp",
    static=True,
    rpmrc=True,
    routes="",
    broken=(),
    errors=(),
)
LOCK = Lock(
    requirements=(),
    base="x",
    python="3.13",
    packages=tuple(
        LockedPackage(name=name, version=version, kind="wheel") for name, version in sorted(GOOD.packages.items())
    ),
)


def told(found: Inspection, lock: Lock | None = None) -> list[tuple[str, tuple[str, ...]]]:
    problems = judge("localhost/pulp:1", found, lock)
    assert {problem.code for problem in problems} <= {"image-unfit"}
    prefix = "the image localhost/pulp:1 is not used: "
    assert all(problem.message.startswith(prefix) for problem in problems)
    return [(problem.message.removeprefix(prefix), problem.help) for problem in problems]


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert told(GOOD) == []
    assert told(GOOD, LOCK) == []


@pytest.mark.parametrize(
    ("found", "clause", "todo"),
    [
        (
            replace(GOOD, packages={"six": "1.17"}, plugins=(), programs=(), broken=(("", "ModuleNotFoundError: no"),)),
            "there is no Pulp in it",
            ("give an image such as `quay.io/pulp/pulp-minimal:stable`",),
        ),
        (
            replace(GOOD, broken=(("pulp-rpm", "ImportError: libglib-2.0.so.0"),)),
            "pulp-rpm cannot be loaded: ImportError: libglib-2.0.so.0",
            ("leave the plugin out, or take another version of it",),
        ),
        (
            replace(GOOD, broken=(("", "ValueError: x"),)),
            "Pulp cannot be loaded in it: ValueError: x",
            (),
        ),
        (
            replace(GOOD, errors=("pulp_container.E001: no token server",)),
            "Pulp's own check says pulp_container.E001: no token server",
            (),
        ),
        (
            replace(GOOD, programs=("pulpcore-api", "pulpcore-manager")),
            "it has no program `pulpcore-content`, `pulpcore-worker`",
            (),
        ),
        (replace(GOOD, user=""), "it has no user with the number 700, as which Pulp runs", ()),
        (
            replace(GOOD, static=False),
            "it has no static files in /var/lib/operator/static",
            ("run `pulpcore-manager collectstatic` in its build",),
        ),
        (
            replace(GOOD, rpmrc=False),
            "it has pulp-rpm, but no /usr/lib/rpm/rpmrc",
            ("install rpm, or rpm-common, in its build",),
        ),
        (replace(GOOD, routes="pulp_x: its web server snippet"), "pulp_x: its web server snippet", ()),
    ],
)
def test_each_reason_is_told(found: Inspection, clause: str, todo: tuple[str, ...]) -> None:
    assert (clause, todo) in told(found)


def test_it_is_compared_with_the_lock() -> None:
    assert told(replace(GOOD, python="3.12"), LOCK) == [
        ("its Python is 3.12, and the lock is for 3.13", ("`pulp-quadlet plugin upgrade`",))
    ]
    other = replace(GOOD, packages={**GOOD.packages, "django": "5.1", "pip": "25"})
    assert told(other, LOCK) == [
        ("it has other packages than the lock: django 5.1 instead of 5.2.19, pip 25 instead of none", ())
    ]
    many = replace(GOOD, packages={**GOOD.packages, **{f"x{number}": "1" for number in range(7)}})
    assert told(many, LOCK)[0][0].endswith("x4 1 instead of none and 2 more")


def test_plugins_that_are_in_no_table_are_known_by_that() -> None:
    assert unknown(GOOD) == ()
    assert unknown(replace(GOOD, plugins=("pulp-own", "pulp-rpm", "pulpcore"))) == ("pulp-own",)


def test_an_image_for_one_role_has_the_same_pulp() -> None:
    assert differences(GOOD, replace(GOOD, python="3.12")) == ()
    other = replace(GOOD, packages={"pulpcore": "3.122.0", "pulp-npm": "0.10"}, plugins=("pulp-npm", "pulpcore"))
    assert differences(GOOD, other) == (
        "pulp-npm 0.10, and none in the main image",
        "pulp-rpm is missing, and 3.39.4 in the main image",
        "pulpcore 3.122.0, and 3.123.1 in the main image",
    )


def test_it_is_found_in_the_output_of_a_build() -> None:
    said = {
        "python": "3.13",
        "packages": {"pulpcore": "3"},
        "plugins": ["pulpcore"],
        "programs": [],
        "user": "pulp",
        "static": True,
        "rpmrc": False,
        "routes": "",
        "broken": [{"package": "pulp-rpm", "error": "x"}],
        "errors": [],
    }
    found = inspection_in(["STEP 1", f"pulp-quadlet inspection: {json.dumps(said)}", "--> 0123"])
    assert found is not None
    assert (found.packages, found.broken) == ({"pulpcore": "3"}, (("pulp-rpm", "x"),))
    assert inspection_in(["STEP 1"]) is None
    assert inspection_in(["pulp-quadlet inspection: {}"]) is None
    assert inspection_in(["pulp-quadlet inspection: no"]) is None
