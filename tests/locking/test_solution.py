"""The report of pip becomes a lock."""

from __future__ import annotations

from typing import Any

import pytest

from pulp_quadlet.locking.pylock import lock_text, read_lock
from pulp_quadlet.locking.question import Question, question
from pulp_quadlet.locking.solution import NoSolutionError, solution
from pulp_quadlet.model.deployment import Packages
from pulp_quadlet.model.lock import LockedPackage
from tests.locking.packages import BASE

ASKED = Question(requirements=("pulpcore[s3]", "pulp-rpm @ file:///mnt/sources/pulp_rpm"))
ENVIRONMENT = {"python_version": "3.13", "sys_platform": "linux", "extra": ""}
FILES = "https://files.example.org"


def archive(url: str, letter: str = "a") -> dict[str, Any]:
    return {"url": url, "archive_info": {"hash": f"sha256={letter * 64}", "hashes": {"sha256": letter * 64}}}


def said(*install: dict[str, Any]) -> dict[str, Any]:
    return {"environment": ENVIRONMENT, "install": list(install)}


def test_all_kinds() -> None:
    report = said(
        {
            "name": "pulpcore",
            "version": "3.123.1",
            "requires_dist": [
                "Django<5.3,>=5.2",
                'tomli; python_version < "3.11"',
                'boto3>=1; extra == "s3"',
                'azure; extra == "azure"',
            ],
            "requested_extras": ["s3"],
            "download_info": archive(f"{FILES}/a/pulpcore-3.123.1-py3-none-any.whl#sha256={'a' * 64}"),
        },
        {
            "name": "Django",
            "version": "5.2.8",
            "download_info": archive("file:///mnt/wheels/django-5.2.8-py3-none-any.whl"),
        },
        {"name": "old_policy", "version": "1.5.0", "download_info": archive(f"{FILES}/old%5Fpolicy-1.5.0.tar.gz", "b")},
        {
            "name": "pulp-npm",
            "version": "0.1",
            "download_info": {"url": "https://git.example.org/npm", "vcs_info": {"vcs": "git", "commit_id": "c" * 40}},
        },
        {
            "name": "pulp-rpm",
            "version": "3.40.dev0",
            "download_info": {"url": "file:///mnt/sources/pulp_rpm", "dir_info": {}},
        },
    )
    lock = solution(report, ASKED, BASE, {"pulp-rpm": ("/home/dev/pulp_rpm", "d" * 64)})
    assert (lock.requirements, lock.base, lock.python) == (ASKED.requirements, BASE, "3.13")
    assert lock.packages == (
        LockedPackage(
            name="django", version="5.2.8", kind="wheel", file="django-5.2.8-py3-none-any.whl", sha256="a" * 64
        ),
        LockedPackage(
            name="old-policy",
            version="1.5.0",
            kind="sdist",
            url=f"{FILES}/old%5Fpolicy-1.5.0.tar.gz",
            file="old_policy-1.5.0.tar.gz",
            sha256="b" * 64,
        ),
        LockedPackage(name="pulp-npm", version="0.1", kind="git", url="https://git.example.org/npm", commit="c" * 40),
        LockedPackage(
            name="pulp-rpm", version="3.40.dev0", kind="folder", folder="/home/dev/pulp_rpm", sha256="d" * 64
        ),
        LockedPackage(
            name="pulpcore",
            version="3.123.1",
            kind="wheel",
            url=f"{FILES}/a/pulpcore-3.123.1-py3-none-any.whl",
            file="pulpcore-3.123.1-py3-none-any.whl",
            sha256="a" * 64,
            requires=("Django<5.3,>=5.2", "boto3>=1"),
        ),
    )


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"environment": ENVIRONMENT},
        said({"name": "a"}),
        said({"name": "a", "version": "1", "download_info": {"url": "https://x/a.whl", "archive_info": {}}}),
        said({"name": "a", "version": "1", "requires_dist": ["???"], "download_info": archive("https://x/a.whl")}),
        said({"name": "a", "version": "1", "download_info": {"url": "file:///x", "dir_info": {}}}),
    ],
)
def test_what_is_no_report(report: dict[str, Any]) -> None:
    with pytest.raises(NoSolutionError):
        solution(report, ASKED, BASE, {})


def test_a_hash_that_the_index_does_not_tell() -> None:
    source = {"url": f"{FILES}/a-1.tar.gz", "archive_info": {"hashes": {"md5": "a" * 32}}}
    with pytest.raises(NoSolutionError, match=r"^the package index tells no SHA-256 of a-1\.tar\.gz$"):
        solution(said({"name": "a", "version": "1", "download_info": source}), ASKED, BASE, {})


def test_an_address_can_be_read_again() -> None:
    url = f"{FILES}/@team/${{x}} y/old%5Fpolicy-1.5.0.tar.gz?a=b"
    asked = Question(requirements=("old-policy",))
    found = solution(said({"name": "old-policy", "version": "1.5.0", "download_info": archive(url)}), asked, BASE, {})
    assert found.packages[0].url == f"{FILES}/%40team/%24%7Bx%7D%20y/old%5Fpolicy-1.5.0.tar.gz?a=b"
    assert read_lock(lock_text(found), "pylock.site.toml") == found


def test_a_question_without_some_plugins() -> None:
    packages = Packages(requirements=("pulpcore[s3]", "Pulp_RPM<4", "pulp-rust"), options=("--no-index",))
    assert question(packages, frozenset({"pulp-rpm"})) == Question(
        requirements=("pulpcore[s3]", "pulp-rust"), options=("--no-index",)
    )


def test_an_extra_that_only_another_package_asks_for() -> None:
    """The report does not tell of those: pulpcore wants `psycopg[binary]`, and psycopg then needs psycopg-binary."""
    asked = Question(requirements=("pulpcore",))
    place = archive(f"{FILES}/a-1-py3-none-any.whl")
    needs = ['psycopg-binary==3.3; extra == "binary"', 'psycopg-pool; extra == "pool"', "tzdata"]
    report = said(
        {"name": "psycopg", "version": "3.3", "requires_dist": needs, "download_info": place},
        {"name": "psycopg-binary", "version": "3.3", "download_info": place},
        {"name": "pulpcore", "version": "3.123.1", "requires_dist": ["psycopg[binary]<3.4"], "download_info": place},
        {"name": "tzdata", "version": "1", "download_info": place},
    )
    found = {each.name: each.requires for each in solution(report, asked, BASE, {}).packages}
    assert found == {
        "psycopg": ("psycopg-binary==3.3", "tzdata"),
        "psycopg-binary": (),
        "pulpcore": ("psycopg[binary]<3.4",),
        "tzdata": (),
    }
