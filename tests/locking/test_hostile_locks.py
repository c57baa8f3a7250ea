"""Whoever writes a lock by hand gets nothing into pip, a recipe or a path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.errors import Location, Problem, SiteError
from pulp_quadlet.locking.pylock import lock_text, read_lock
from pulp_quadlet.model.lock import LockedPackage
from tests.locking.packages import lock, package

PATH = "/etc/pulp-quadlet/pylock.site.toml"
GIT = package("pulp-npm", "1.0", kind="git", url="https://git.example.org/npm", commit="a" * 40)
FOLDER = package("pulp-rpm", "1.0", kind="folder", folder="/src/rpm", sha256="a" * 64)
SDIST = package("old-policy", "1.5.0", kind="sdist", file="old_policy-1.5.0.tar.gz", sha256="b" * 64)
WHEEL = package("pulpcore", "3.123.1", "Django<5.3", "x[y]>=1")
WHOLE = lock(WHEEL, GIT, FOLDER, SDIST)


def refused(text: str) -> tuple[str, ...]:
    with pytest.raises(SiteError) as error:
        read_lock(text, PATH)
    [problem] = error.value.problems
    assert replace(problem, notes=()) == Problem(
        code="lock-unreadable",
        message="the lock file cannot be read",
        where=Location(PATH, 1, 1),
        help=(f"remove {PATH}: the next `pulp-quadlet apply` writes a new one",),
    )
    return problem.notes


def test_what_we_write_we_read() -> None:
    assert read_lock(lock_text(WHOLE), PATH) == WHOLE
    assert lock_text(read_lock(lock_text(WHOLE), PATH)) == lock_text(WHOLE)


EVIL_FILE = "pulpcore-3.123.1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("evil", "why"),
    [
        (replace(WHEEL, name="--index-url=http://evil"), "that is no name of a package"),
        (replace(WHEEL, name="PulpCore"), "that is no name of a package"),
        (replace(WHEEL, version="1 --hash=sha256:0"), "`1 --hash=sha256:0` is no version"),
        (replace(WHEEL, version="1\n--pre"), "`1\n--pre` is no version"),
        (replace(WHEEL, version="latest"), "`latest` is no version"),
        (replace(WHEEL, sha256="a" * 63), f"`{'a' * 63}` is no SHA-256"),
        (replace(WHEEL, sha256="A" * 64), f"`{'A' * 64}` is no SHA-256"),
        (replace(WHEEL, sha256=f"{'a' * 64} --pre"), f"`{'a' * 64} --pre` is no SHA-256"),
        (
            replace(WHEEL, file="../../../etc/passwd", url=""),
            "`../../../etc/passwd` is no wheel of that name and version",
        ),
        (
            replace(WHEEL, file="other-1.0-py3-none-any.whl", url=""),
            "`other-1.0-py3-none-any.whl` is no wheel of that name and version",
        ),
        (replace(WHEEL, file="-r.whl", url=""), "`-r.whl` is no wheel of that name and version"),
        (replace(SDIST, file="old_policy-1.5.0.exe"), "`old_policy-1.5.0.exe` is no sdist of that name and version"),
        (replace(WHEEL, url=f"file:///root/{EVIL_FILE}"), f"`file:///root/{EVIL_FILE}` is no address of that file"),
        (replace(WHEEL, url=f"https://u:p@x/{EVIL_FILE}"), f"`https://u:p@x/{EVIL_FILE}` is no address of that file"),
        (
            replace(WHEEL, url=f"https://x/${{HOME}}/{EVIL_FILE}"),
            f"`https://x/${{HOME}}/{EVIL_FILE}` is no address of that file",
        ),
        (
            replace(WHEEL, url=f"https://x/ --pre/{EVIL_FILE}"),
            f"`https://x/ --pre/{EVIL_FILE}` is no address of that file",
        ),
        (replace(WHEEL, url=f"https://x/#/{EVIL_FILE}"), f"`https://x/#/{EVIL_FILE}` is no address of that file"),
        (replace(WHEEL, url="https://x/other.whl"), "`https://x/other.whl` is no address of that file"),
        (replace(WHEEL, requires=("a\nb",)), "`a\nb` is no requirement"),
        (replace(WHEEL, requires=("--pre",)), "`--pre` is no requirement"),
        (replace(GIT, commit="main"), "`main` is no commit"),
        (replace(GIT, commit="--upload-pack=x"), "`--upload-pack=x` is no commit"),
        (replace(GIT, url="ext::sh -c id"), "`ext::sh -c id` is no address of a git repository"),
        (replace(GIT, url="https://x/@main"), "`https://x/@main` is no address of a git repository"),
        (replace(FOLDER, folder="/src/../etc"), "`/src/../etc` is no folder"),
        (replace(FOLDER, folder="src"), "`src` is no folder"),
        (replace(FOLDER, folder="/src:/etc"), "`/src:/etc` is no folder"),
        (replace(FOLDER, sha256="x"), "`x` is no SHA-256"),
    ],
)
def test_words_that_are_none_of_ours(evil: LockedPackage, why: str) -> None:
    assert refused(lock_text(lock(evil))) == (f"package `{evil.name}`: {why}",)


def test_the_rest_of_a_lock() -> None:
    whole = lock(WHEEL, WHEEL, asked=("pulpcore", "-r /etc/passwd"), python="3.13; import os")
    assert refused(lock_text(replace(whole, base="x\nRUN id"))) == (
        "`3.13; import os` is no version of Python",
        "`x\nRUN id` is no base image",
        "`-r /etc/passwd` is no requirement",
        "`pulpcore` is locked 2 times",
    )


def test_no_more_is_told_than_can_be_read() -> None:
    assert len(refused(lock_text(lock(*(replace(WHEEL, name=f"a{n}", sha256="x") for n in range(20)))))) == 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lock-version = ", "Invalid value (at end of document)"),
        ("", "the key 'lock-version' is missing"),
        ('lock-version = "2.0"', "it is of version 2.0, and this pulp-quadlet reads version 1.0"),
        ('lock-version = "1.0"\npackages = []', "the key 'tool' is missing"),
        (
            'lock-version = "1.0"\npackages = 3\n[tool.pulp-quadlet]\nrequirements = []\nbase = "a"\npython = "3.1"',
            "a value is of another kind than it should be: 'int' object is not iterable",
        ),
        (
            (
                'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\nwheels = []\n'
                '[tool.pulp-quadlet]\nrequirements = []\nbase = "a"\npython = "3.1"'
            ),
            "a value is of another kind than it should be: list index out of range",
        ),
    ],
)
def test_what_is_no_lock_at_all(text: str, why: str) -> None:
    assert refused(text) == (why,)


def test_numbers_where_words_should_be() -> None:
    text = lock_text(lock(WHEEL)).replace('"3.123.1"', "3").replace("requires = [", "requires = [1, ")
    assert refused(text) == (
        "package `pulpcore`: `3` is no version",
        "package `pulpcore`: `1` is no requirement",
    )
