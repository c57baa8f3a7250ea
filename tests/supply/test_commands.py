"""The commands about images where there is no Podman: they say what is wrong, and change nothing."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from pulp_quadlet.cli.images import Counting, as_warned
from tests.supply.archives import MANIFEST, SOURCES, written
from tests.test_cli import pulp_quadlet

pytestmark = pytest.mark.long

NOT_ROOT = "error[not-root]: this needs root\n   = help: run it again with sudo\n\n1 problem; nothing was changed\n"


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.toml"
    assert pulp_quadlet("init", "-f", str(path)).status == 0
    return str(path)


def said(*words: str) -> tuple[int, str]:
    """Status and errors of `pulp-quadlet image`; who is not root hears that alone."""
    done = pulp_quadlet("image", *words)
    assert "Traceback" not in done.stderr
    return done.status, done.stderr


@pytest.mark.parametrize(
    "words", [["list"], ["export", "x.tar"], ["import", "x.tar"], ["sbom"], ["audit"], ["prune", "--dry-run"]]
)
def test_only_root_may(site: str, words: list[str]) -> None:
    status, text = said(*words, *(() if "prune" in words else ("-f", site)))
    assert status == 1
    assert (text == NOT_ROOT) == (os.geteuid() != 0)


def test_a_foreign_file_is_no_archive(site: str, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"rubbish" * 100)
    status, text = said("import", str(rubbish), "-f", site)
    told = (
        f"error[archive-refused]: {rubbish} is no archive of `pulp-quadlet image export`\n"
        "   = note: it is no tar: invalid header\n\n"
        "1 problem; nothing was changed\n"
    )
    assert (status, text) == (1, told if os.geteuid() == 0 else NOT_ROOT)


def test_errors_are_json_where_that_is_asked_for(site: str, tmp_path: Path) -> None:
    done = pulp_quadlet("image", "import", str(tmp_path / "none"), "-f", site, "--json")
    [problem] = json.loads(done.stdout)["problems"]
    assert problem["code"] == ("archive-unreadable" if os.geteuid() == 0 else "not-root")
    assert not (tmp_path / "pylock.site.toml").exists()


def test_a_role_that_the_site_has_not_is_a_wrong_command_line(site: str) -> None:
    status, text = said("sbom", "nobody", "-f", site)
    told = "`nobody` is no image of this site; there are cache, postgres, pulp, tools, web"
    assert (status == 64 and told in text) if os.geteuid() == 0 else text == NOT_ROOT


def test_an_archive_without_podman_changes_nothing(site: str, tmp_path: Path) -> None:
    status, text = said("import", str(written(tmp_path)), "-f", site)
    assert status == 1
    assert "nothing was changed" in text
    assert not (tmp_path / "pylock.site.toml").exists()


def test_a_lock_that_cannot_be_read_is_told_as_that_of_the_archive(site: str, tmp_path: Path) -> None:
    archive = written(tmp_path, sources={**SOURCES, "pylock.site.toml": b"lock-version = 3\n"})
    status, text = said("import", str(archive), "-f", site)
    told = (
        f"error[archive-refused]: the lock in {archive} cannot be read\n"
        "   = note: it is of version 3, and this pulp-quadlet reads version 1.0\n\n"
        "1 problem; nothing was changed\n"
    )
    assert (status, text) == (1, told if os.geteuid() == 0 else NOT_ROOT)


def test_whoever_needs_other_images_than_those_in_the_archive_is_warned() -> None:
    assert as_warned(MANIFEST, ["a:1", "b:2"], Path("/e/site.toml")) == (
        "warning: `apply` will need other images (a:1, b:2): /e/site.toml is another site file than that of the archive"
    )
    older = type(MANIFEST)(
        format=1, version="0.0.9", site="pulp", lock="", images=MANIFEST.images, files=MANIFEST.files
    )
    assert as_warned(older, ["a:1"], Path("/e/site.toml")) == (
        "warning: `apply` will need other images (a:1): it was written by pulp-quadlet 0.0.9, and this is 0.1.0"
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_copy_is_counted_on_one_line_of_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for quiet, shown in ((False, True), (True, False)):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        progress = Counting(quiet=quiet)
        progress("verify\x1b[31m", 50, 200)
        progress("verify", 51, 200)  # too soon to be read
        progress.done()
        assert terminal.getvalue() == ("\r\x1b[Kverify[31m  25 %\r\x1b[K" if shown else "")
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    progress = Counting(quiet=False)
    progress("verify", 1, 2)
    progress.done()
    assert not file.getvalue()
