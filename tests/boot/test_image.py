"""`apply --root`: what lies in an image before anything ran in it."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pulp_quadlet import relock
from pulp_quadlet.errors import HostError
from pulp_quadlet.host import image_root
from pulp_quadlet.host.files import Files
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.seen import Seen
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.planning.plan import plan
from tests.fake_host import FakeHost
from tests.lab.command import Result
from tests.sites import MINIMAL, compiled
from tests.test_cli import pulp_quadlet

pytestmark = pytest.mark.long

SITE_FILE = "etc/pulp-quadlet/site.toml"
MADE = compiled().generation(Origin())


def applied(root: Path, *words: str) -> Result:
    return pulp_quadlet("apply", "--root", str(root), "--podman", "5.4", *words)


def with_site_file(root: Path, text: str = MINIMAL) -> Path:
    (root / SITE_FILE).parent.mkdir(parents=True, exist_ok=True)
    (root / SITE_FILE).write_text(text)
    return root


def test_the_site_file_of_the_image(tmp_path: Path) -> None:
    done = applied(with_site_file(tmp_path))
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.endswith(f" files of pulp are written below {tmp_path}; its first boot does the rest.\n")
    assert (tmp_path / "etc/containers/systemd/pulp/pulp-web.container").is_file()
    assert (tmp_path / "etc/systemd/system/pulp.target").is_file()
    assert (tmp_path / "etc/tmpfiles.d/pulp-quadlet-pulp.conf").is_file()
    links = [path for path in tmp_path.rglob("*") if path.is_symlink()]
    assert links
    assert not [path for path in links if os.readlink(path).startswith("/")]
    generations = Generations(tmp_path)
    assert (generations.current("pulp"), generations.good("pulp")) == (1, 0)
    assert generations.origin("pulp").site_file == "/etc/pulp-quadlet/site.toml"


def test_nothing_of_it_starts_before_the_first_boot_has_applied_it(tmp_path: Path) -> None:
    """It has images and secrets then. The first boot finds the site file due, and the link that is missing."""
    image_root.lay_down(MADE, tmp_path)
    assert not (tmp_path / "etc/systemd/system/multi-user.target.wants").exists()
    assert Seen(tmp_path).due() == ("/etc/pulp-quadlet/site.toml",)
    found = replace(
        FakeHost().state,
        generation=1,
        files=Generations(tmp_path).files("pulp"),
        links=Files(tmp_path).links(MADE.tree),
    )
    install = next(step for step in plan(MADE.deployment, MADE.tree, found).steps if step.title.startswith("install"))
    assert install.title == "install 1 file"


def test_a_site_file_from_elsewhere_becomes_that_of_the_image(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    file = tmp_path / "other.toml"
    file.write_text(MINIMAL)
    done = json.loads(applied(root, "--file", str(file), "--json").stdout)
    assert done == {"root": str(root), "site": "pulp", "generation": 1, "files": done["files"]}
    assert (root / SITE_FILE).read_text() == MINIMAL


def test_it_may_be_said_again_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for count in (3, 4, 5):
        changed = MINIMAL + f"[workers]\ncount = {count}\n"
        assert applied(with_site_file(tmp_path, changed)).status == 0
    generations = Generations(tmp_path)
    assert [past.number for past in generations.history("pulp")] == [3]
    assert (tmp_path / "etc/containers/systemd/pulp/pulp-worker-5.container").is_file()


def test_a_wrong_site_file_writes_nothing(tmp_path: Path) -> None:
    done = applied(with_site_file(tmp_path, MINIMAL + "nmae = 1\n"))
    assert done.status == 2
    assert done.stderr.startswith(f"{tmp_path}/{SITE_FILE}:4:1: error[unknown-key]: unknown key `nmae`")
    assert [path.name for path in (tmp_path / "etc/pulp-quadlet").iterdir()] == ["site.toml"]


def test_an_image_without_a_site_file(tmp_path: Path) -> None:
    done = applied(tmp_path)
    assert done.status == 2
    assert f"there is no site file `{tmp_path}/{SITE_FILE}`" in done.stderr


def test_a_tree_in_which_it_was_applied_is_no_image(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    generations.commit("pulp", generations.stage(MADE))
    done = applied(with_site_file(tmp_path))
    assert done.status == 1
    assert done.stderr == (
        f"error[root-is-applied]: pulp was applied in {tmp_path} already, by a system that ran there\n"
        f"   = help: remove {tmp_path}/etc/pulp-quadlet/pulp with all that is in it to begin anew\n\n"
        "1 problem; nothing was changed\n"
    )


def test_a_running_system_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="this system is running, so it is not the root of an image"):
        image_root.check(tmp_path, running=tmp_path)
    image_root.check(tmp_path)


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    assert applied(tmp_path, "--plan", "abc").status == 64
    assert pulp_quadlet("apply", "--podman", "5.4").status == 64


def test_its_lock_comes_along(tmp_path: Path) -> None:
    """The first boot would make another one, with whatever is the newest by then."""
    site = compiled()
    new = asyncio.run(relock.relock(site, FakeHost()))
    file, root = tmp_path / "other.toml", tmp_path / "root"
    root.mkdir()
    file.write_text(MINIMAL)
    file.with_name("pylock.other.toml").write_text(new.text)
    assert applied(root, "--file", str(file)).status == 0
    assert (root / "etc/pulp-quadlet/pylock.site.toml").read_text() == new.text
