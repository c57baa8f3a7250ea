"""An apply locks what is not locked, before it changes anything; a plan tells of it, and writes nothing."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet import relock
from pulp_quadlet.agent import sitefile
from pulp_quadlet.agent.ask import Ask, Controls
from pulp_quadlet.agent.stories import Work
from pulp_quadlet.agent.unchanged import has_edited_checkouts
from pulp_quadlet.errors import ConflictError, HostError, SiteError
from pulp_quadlet.host.packages import checkouts
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.lock import Checkout
from pulp_quadlet.model.migration import DatabaseFacts, Survey
from tests.fake_host import FakeHost, Heard
from tests.sites import MINIMAL, compiled

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Events(Heard):
    """Sentences and nothing else."""

    waited: list[float] = field(default_factory=list)

    def waiting(self, seconds: float, text: str) -> None:
        self.waited.append(seconds)


@dataclass
class Site:
    """A site file in a folder, and the host that it is for."""

    folder: Path
    host: FakeHost = field(default_factory=FakeHost)
    events: Events = field(default_factory=Events)

    def write(self, text: str = MINIMAL) -> Site:
        (self.folder / "site.toml").write_text(text)
        return self

    @property
    def lock(self) -> Path:
        return self.folder / "pylock.site.toml"

    def do(self, verb: str, **options: Any) -> dict[str, Any]:
        ask = Ask(verb=verb, file=self.folder / "site.toml", host=None, options=options, job=1, user="alice")
        work = Work(host=self.host, events=self.events, controls=Controls())
        done = asyncio.run(work.do(ask))
        # the fake keeps in memory what a real one writes
        for path, text in self.host.locks.items():
            self.lock.write_text(text)
            assert path == str(self.lock)
        return done


DATABASE = DatabaseFacts(host="pulp-postgres", port="5432", name="pulp", user="pulp", size=15275699)
LOCKS = "pip looks for versions that go together"


def test_an_apply_locks_first(tmp_path: Path) -> None:
    site = Site(tmp_path).write()
    done = site.do("apply")
    assert site.events.said[:2] == [LOCKS, f"4 packages are locked in {site.lock}"]
    assert done["steps"]
    applied = site.host.generations[-1]
    assert applied.origin.lock_text == site.lock.read_text()
    image = next(each for each in applied.deployment.images if each.role == "pulp")
    assert image == relock.pulp_image(compiled_again(site))
    # and once is enough
    site.events.said.clear()
    assert site.do("try", seconds=1)["steps"] == []
    assert LOCKS not in site.events.said
    assert len(site.host.index.asked) == 1


def compiled_again(site: Site) -> Any:
    from pulp_quadlet.config.source import load
    from pulp_quadlet.pipeline import compile_site

    return compile_site(load(site.folder / "site.toml"), asyncio.run(site.host.target(None)))


def test_what_cannot_be_locked_changes_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path).write()
    site.host.index.failed = ("ERROR: [Errno 28] No space left on device",)
    with pytest.raises(HostError) as error:
        site.do("apply")
    assert error.value.problems[0].code == "disk-full"
    assert error.value.outcome == "nothing was changed"
    assert (site.host.did, site.host.locks) == ([], {})


def test_a_plan_tells_of_it_and_writes_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path).write()
    told = site.do("plan")
    assert told["steps"][0]["why"] == ["its recipe is new", "its packages are locked first"]
    assert (site.host.locks, site.host.index.asked) == ({}, [])
    site.do("check")
    assert site.host.locks == {}


def test_the_plan_that_was_shown_is_compared_before_it_is_locked(tmp_path: Path) -> None:
    site = Site(tmp_path).write()
    with pytest.raises(ConflictError):
        site.do("apply", plan="another")
    assert site.host.locks == {}
    shown = site.do("plan")["plan"]
    assert site.do("apply", plan=shown)["steps"]
    assert site.lock.exists()
    shown = site.do("plan")["plan"]
    assert site.do("try", plan=shown, seconds=1)["steps"] == []


def test_an_edited_checkout_is_locked_again(tmp_path: Path) -> None:
    site = Site(tmp_path).write(MINIMAL + '[plugins]\npulp-rpm = { source = "/src/pulp_rpm" }\n')
    site.host.folders["/src/pulp_rpm"] = Checkout(digest="a" * 64)
    site.do("apply")
    site.host.folders["/src/pulp_rpm"] = Checkout(digest="b" * 64)
    site.host.found = Survey(versions=(), first=False, pending=(), ahead=(), processes=(), database=DATABASE)
    assert site.do("plan")["steps"][0]["why"][-1] == "its packages are locked first"
    site.events.said.clear()
    done = site.do("apply")
    assert site.events.said[1] == f"3 packages are locked in {site.lock}: pulp-rpm 3.39.4 has other content"
    titles = [each["title"] for each in done["steps"]]
    assert not any("pulp-postgres" in title or "pulp-cache" in title for title in titles)


def test_images_of_a_registry_need_no_lock(tmp_path: Path) -> None:
    site = Site(tmp_path).write(MINIMAL + '[image]\nsource = "registry"\n')
    site.do("apply")
    assert site.host.locks == {}


def test_a_checkout_that_was_edited_is_no_short_way(tmp_path: Path) -> None:
    source = tmp_path / "pulp_rpm"
    source.mkdir()
    (source / "setup.py").write_text("")
    host = FakeHost(folders={str(source): checkouts.look(source)})
    site = compiled(MINIMAL + f'[plugins]\npulp-rpm = {{ source = "{source}" }}\n')
    applied = relock.locked(site, asyncio.run(relock.relock(site, host))).generation(Origin())
    assert not has_edited_checkouts(applied)
    (source / "setup.py").write_text("# edited\n")
    assert has_edited_checkouts(applied)
    assert not has_edited_checkouts(compiled().generation(Origin()))


@pytest.mark.skipif(os.geteuid() != 0, reason="files of root are made by root")
def test_a_lock_is_judged_as_its_site_file_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    file, lock = tmp_path / "site.toml", tmp_path / "pylock.site.toml"
    for path in (file, lock):
        path.touch()
        path.chmod(0o644)

    def told() -> str:
        try:
            sitefile.check(str(file), for_root=False, home=str(tmp_path))
        except SiteError as error:
            return str(error)
        return ""

    assert told() == ""
    lock.chmod(0o666)
    assert told() == f"{lock} can be written by others than root"
    lock.chmod(0o644)
    os.chown(lock, 1000, 1000)
    assert told() == f"{lock} is not owned by root"
    lock.unlink()
    lock.symlink_to(file)
    assert told() == f"{lock} is a symbolic link"
