"""Why a package is in an image."""

from __future__ import annotations

from pulp_quadlet.locking.chains import Link, reason
from pulp_quadlet.model.lock import Lock, LockedPackage
from pulp_quadlet.report.plugins import reason_json, reason_text

LOCK = Lock(
    requirements=("pulpcore[s3]", "pulp-rust", "Pulp_RPM>=3"),
    base="debian",
    python="3.13",
    packages=tuple(
        LockedPackage(
            name=name,
            version=version,
            kind="wheel",
            file=f"{name.replace('-', '_')}-{version}-py3-none-any.whl",
            sha256="a" * 64,
            requires=requires,
        )
        for name, version, requires in (
            ("aiohttp", "3.14.5", ("multidict<7",)),
            ("aiohttp-xmlrpc", "1.5.0", ("aiohttp", "lxml")),
            ("lxml", "6.0", ()),
            ("multidict", "6.1", ("aiohttp>=1",)),
            ("pulp-rpm", "3.39.4", ("pulpcore<3.130,>=3.105", "aiohttp_xmlrpc~=1.5.0")),
            ("pulp-rust", "0.0.0", ("pulpcore<3.115",)),
            ("pulpcore", "3.114.2", ("aiohttp<3.15,>=3.10",)),
        )
    ),
)


def test_each_root_has_its_shortest_chain() -> None:
    found = reason(LOCK, "aiohttp")
    assert found is not None
    assert (found.version, found.asked) == ("3.14.5", False)
    core = Link(name="pulpcore", version="3.114.2", asks="aiohttp<3.15,>=3.10")
    rpm = Link(name="pulp-rpm", version="3.39.4", asks="pulpcore<3.130,>=3.105")
    rust = Link(name="pulp-rust", version="0.0.0", asks="pulpcore<3.115")
    assert found.chains == ((core,), (rust, core), (rpm, core))


def test_in_words() -> None:
    found = reason(LOCK, "lxml")
    assert found is not None
    assert reason_text(found) == (
        "lxml 6.0 is there, because\n"
        "    pulp-rpm 3.39.4, which the site asks for, needs aiohttp_xmlrpc~=1.5.0; aiohttp-xmlrpc 1.5.0 needs lxml"
    )
    core = reason(LOCK, "pulpcore")
    assert core is not None
    assert reason_text(core) == (
        "pulpcore 3.114.2 is there, because\n"
        "    the site asks for it\n"
        "    pulp-rust 0.0.0, which the site asks for, needs pulpcore<3.115\n"
        "    pulp-rpm 3.39.4, which the site asks for, needs pulpcore<3.130,>=3.105\n"
        "pulp-rust 0.0.0 holds pulpcore below 3.115.\n"
        "pulp-rpm 3.39.4 holds pulpcore below 3.130."
    )
    assert reason_json(core)["held"][0]["by"] == "pulp-rust"


def test_what_is_not_there_has_no_reason() -> None:
    assert reason(LOCK, "django") is None
