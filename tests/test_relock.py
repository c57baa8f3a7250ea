"""A site is locked: when it has to be, what is kept, and what is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet import relock
from pulp_quadlet.config.source import SourceText
from pulp_quadlet.errors import HostError, Problem, SiteError
from pulp_quadlet.locking.holders import holders, without
from pulp_quadlet.locking.keep import ALL
from pulp_quadlet.locking.pylock import read_lock
from pulp_quadlet.model.lock import Checkout
from pulp_quadlet.pipeline import compile_site
from tests.fake_host import FakeHost
from tests.sites import MINIMAL, TARGET, compiled

if TYPE_CHECKING:
    from pulp_quadlet.pipeline import Compiled

RPM = MINIMAL + '[plugins]\npulp-rpm = "*"\n'
CHECKOUT = MINIMAL + '[plugins]\npulp-rpm = { source = "/src/pulp_rpm" }\n'
PATH = "pylock.site.toml"


def lock(site: Compiled, host: FakeHost, upgrade: tuple[str, ...] = ()) -> relock.Relocked:
    return asyncio.run(relock.relock(site, host, upgrade))


def due(site: Compiled, host: FakeHost) -> bool:
    return asyncio.run(relock.is_due(site, host))


def again(site: Compiled, new: relock.Relocked, text: str) -> Compiled:
    """Another site file beside the lock that was made."""
    return compile_site(SourceText(site.source.path, text, new.text), TARGET)


def versions(new: relock.Relocked) -> dict[str, str]:
    return {each.name: each.version for each in new.lock.packages}


def test_a_site_without_a_lock() -> None:
    site, host = compiled(), FakeHost()
    assert due(site, host)
    new = lock(site, host)
    assert new.path == PATH
    assert new.sentence == "4 packages are locked in pylock.site.toml"
    assert versions(new) == {"django": "5.2.8", "pulp-python": "3.36.4", "pulp-rpm": "3.39.4", "pulpcore": "3.123.1"}
    assert read_lock(new.text, PATH) == new.lock
    there = relock.locked(site, new)
    assert not due(there, host)
    image = relock.pulp_image(there)
    assert image is not None
    assert image.packages is not None
    assert image.packages.lock == new.lock
    assert relock.unlocked(there).deployment == site.deployment
    assert host.locks == {}


def test_images_of_a_registry_are_not_locked() -> None:
    site, host = compiled(MINIMAL + '[image]\nsource = "registry"\n'), FakeHost()
    assert not due(site, host)
    with pytest.raises(SiteError) as error:
        lock(site, host)
    [problem] = error.value.problems
    assert (problem.code, problem.message) == (
        "nothing-to-lock",
        "this site does not build its image, so there are no packages to choose",
    )
    assert problem.help == ('`source = "build"` in [image] builds one',)
    assert problem.where is not None
    assert problem.where.line == 5


def test_what_was_locked_stays_when_a_plugin_is_added() -> None:
    host = FakeHost()
    site = compiled(RPM)
    before = lock(site, host)
    host.index.releases["pulpcore"]["3.124.0"] = ("Django<5.3",)
    more = again(site, before, RPM + 'pulp-python = "*"\n')
    assert due(more, host)
    new = lock(more, host)
    assert versions(new)["pulpcore"] == "3.123.1"
    assert new.sentence == "4 packages are locked in pylock.site.toml: pulp-python 3.36.4 is new"
    assert versions(lock(more, host, (ALL,)))["pulpcore"] == "3.124.0"


def test_a_plugin_that_drags_others_down_is_named() -> None:
    host = FakeHost()
    site = compiled(RPM)
    before = lock(site, host)
    more = again(site, before, RPM + 'pulp-rust = "*"\n')
    new = lock(more, host)
    assert [move.words for move in new.moves] == [
        "pulp-rust 0.0.0 is new",
        "pulpcore 3.123.1 -> 3.122.0, which is older",
    ]
    held = without(holders(new.lock, "pulpcore", "3.123.1"), before.lock)
    assert [each.words for each in held] == ["pulp-rust 0.0.0 holds pulpcore below 3.123; without it you get 3.123.1"]


def test_many_moves_are_not_all_told() -> None:
    host = FakeHost()
    host.index.releases |= {f"lib-{n:02}": {"1.0": ()} for n in range(20)}
    host.index.releases["pulpcore"] = {"3.123.1": tuple(f"lib-{n:02}" for n in range(20))}
    site = compiled(RPM)
    before = lock(site, host)
    for name in host.index.releases:
        if name.startswith("lib"):
            host.index.releases[name]["2.0"] = ()
    assert lock(again(site, before, RPM), host, (ALL,)).sentence == (
        "22 packages are locked in pylock.site.toml: "
        + "; ".join(f"lib-{n:02} 1.0 -> 2.0" for n in range(8))
        + "; 12 more"
    )


def test_an_edited_checkout_moves_alone() -> None:
    host = FakeHost(folders={"/src/pulp_rpm": Checkout(digest="a" * 64)})
    site = compiled(CHECKOUT)
    before = lock(site, host)
    there = relock.locked(site, before)
    assert not due(there, host)
    host.folders["/src/pulp_rpm"] = Checkout(digest="b" * 64)
    host.index.releases["pulpcore"]["3.124.0"] = ("Django<5.3",)
    assert due(there, host)
    new = lock(there, host)
    assert new.sentence == "3 packages are locked in pylock.site.toml: pulp-rpm 3.39.4 has other content"
    # what it requires was looked at, and nothing else was asked for
    assert [each.alone for each in host.index.asked] == [False, True]
    edited = relock.locked(site, new)
    host.folders["/src/pulp_rpm"] = Checkout(digest="c" * 64)
    host.index.releases["pulp-rpm"]["3.39.4"] = ("pulpcore<3.130,>=3.124",)
    assert [move.words for move in lock(edited, host).moves] == [
        "pulp-rpm 3.39.4 has other content",
        "pulpcore 3.123.1 -> 3.124.0",
    ]
    assert [each.alone for each in host.index.asked] == [False, True, True, False]


def test_a_path_that_is_no_checkout() -> None:
    wrong = "is no checkout of a Python package: it has neither pyproject.toml nor setup.py"
    host = FakeHost(folders={"/src/pulp_rpm": Checkout(wrong=wrong)})
    site = compiled(CHECKOUT)
    for story in (relock.is_due(site, host), relock.relock(site, host)):
        with pytest.raises(SiteError) as error:
            asyncio.run(story)
        [problem] = error.value.problems
        assert problem.message == f"/src/pulp_rpm {wrong}"
        assert (problem.code, problem.help) == (
            "not-a-checkout",
            ("name the folder that holds the plugin's pyproject.toml",),
        )
        assert problem.where is not None
        assert (problem.where.line, problem.where.column) == (5, 23)


def test_what_pip_says_is_told_with_its_place() -> None:
    host = FakeHost()
    line = "ERROR: Could not find a version that satisfies the requirement pulp-rpm (from versions: none)"
    host.index.failed = (line,)
    with pytest.raises(SiteError) as error:
        lock(compiled(RPM), host)
    [problem] = error.value.problems
    assert problem.where is not None
    assert (problem.code, problem.where.line) == ("unknown-package", 5)


def test_an_answer_that_is_none() -> None:
    class Silent(FakeHost):
        async def solve(self, image: object, asked: object) -> dict[str, object]:
            return {"checkouts": {}}

    with pytest.raises(HostError) as error:
        lock(compiled(RPM), Silent())
    assert error.value.problems == (
        Problem(code="pip-failed", message="what pip answered cannot be read", notes=("KeyError: 'environment'",)),
    )


def test_a_lock_of_another_base_is_made_anew() -> None:
    host = FakeHost()
    site = compiled(RPM)
    there = relock.locked(site, lock(site, host))
    other = compile_site(
        replace(there.source, text=RPM + '[image]\nbase = "docker.io/library/debian:forky-slim"\n'), TARGET
    )
    assert due(other, host)
    assert lock(other, host).moves == ()
