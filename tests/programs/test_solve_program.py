"""The program that asks pip, beside an index of ours; here with the pip of this environment, on any machine."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet.locking.question import Question
from pulp_quadlet.locking.words import explained
from tests.index import folder
from tests.index.server import Handler
from tests.index.wheels import Release
from tests.lab.command import run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long

# The newest of each do not go together, and only the former release of one of them is the way out.
STEPS_BACK = (
    Release(name="bounded", version="2.0", requires=("pulpcore<3.110",)),
    Release(name="bounded", version="1.0", requires=("pulpcore",)),
    Release(name="wants-new", version="1.0", requires=("pulpcore>=3.118",)),
)
PROGRAMS = Path(__file__).parents[2] / "units" / "images"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("index")
    folder.fill(place, (*folder.RELEASES, *STEPS_BACK))
    handler = type("Ours", (Handler,), {"folder": place})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def answer(
    place: Path, index: str, *requirements: str, alone: bool = False, patience: float | None = None
) -> dict[str, Any]:
    """What the program prints."""
    for name in ("pip_run.py", "solve.py"):
        shutil.copy(PROGRAMS / name, place)
    if patience is not None:
        text, count = re.subn(r"(?m)^PATIENCE = \S+", f"PATIENCE = {patience}", (place / "solve.py").read_text())
        assert count == 1
        (place / "solve.py").write_text(text)
    options = ("--index-url", f"{index}/simple", "--timeout=1", "--retries=0")
    question = Question(requirements=requirements, options=options, alone=alone)
    (place / "question.json").write_text(question.text)
    environment = {**os.environ, "TMPDIR": str(place), "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    done = run([sys.executable, str(place / "solve.py")], env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_goes_together(tmp_path: Path, url: str) -> None:
    found = answer(tmp_path, url, "pulpcore", "pulp-rust")
    assert found["environment"]["python_version"] == f"3.{sys.version_info.minor}"
    assert {each["name"]: each["version"] for each in found["install"]} == {
        "pulpcore": "3.114.2",
        "pulp-rust": "0.0.0",
        "small-library": "1.0",
    }
    core = next(each for each in found["install"] if each["name"] == "pulpcore")
    released = next(each for each in folder.RELEASES if each.version == "3.114.2")
    assert core["requires_dist"] == ["small-library"]
    assert core["download_info"]["url"].partition("#")[0] == f"{url}/simple/pulpcore/{released.file}"
    assert core["download_info"]["archive_info"]["hashes"] == {"sha256": released.sha256}


def test_a_plugin_that_is_held_back_by_another_is_as_new_as_can_be(tmp_path: Path, url: str) -> None:
    found = answer(tmp_path, url, "pulpcore", "pulp-rpm", "pulp-rust")
    versions = {each["name"]: each["version"] for each in found["install"]}
    assert versions["pulpcore"] == "3.114.2"
    assert versions["pulp-rpm"] == "3.38.5"
    bounds = (tmp_path / "constraints.txt").read_text().splitlines()
    assert sorted(bounds) == ["pulpcore<3.115", "pulpcore<3.130"]


def test_bounds_that_bar_the_way_are_no_bounds(tmp_path: Path, url: str) -> None:
    found = answer(tmp_path, url, "pulpcore", "bounded", "wants-new")
    versions = {each["name"]: each["version"] for each in found["install"]}
    assert versions == {"pulpcore": "3.123.1", "bounded": "1.0", "wants-new": "1.0", "small-library": "1.0"}


def test_a_search_without_an_end_is_told_as_what_is_in_its_way(tmp_path: Path, url: str) -> None:
    found = answer(tmp_path, url, "pulpcore", "bounded", "wants-new", patience=0.0)
    wrong = explained(tuple(found["failed"])).problems[0]
    assert wrong.code == "no-answer"
    assert wrong.message == "pip found no versions that go together in 0 seconds"
    assert wrong.notes == ("bounded 2.0 wants pulpcore<3.110", "wants-new 1.0 wants pulpcore>=3.118")


def test_packages_without_what_they_require(tmp_path: Path, url: str) -> None:
    found = answer(tmp_path, url, "pulp-rust", alone=True)
    assert [each["name"] for each in found["install"]] == ["pulp-rust"]


def test_a_name_that_is_like_one_of_the_index(tmp_path: Path, url: str) -> None:
    found = answer(tmp_path, url, "pulp-tomorow")
    assert found["alike"] == ["pulp-tomorrow"]
    assert found["failed"][-1] == "ERROR: No matching distribution found for pulp-tomorow"


def test_the_lines_that_tell_why(tmp_path: Path, url: str) -> None:
    """Some stand in the log alone, and those that are usual are left out."""
    assert "404 Client Error" in "\n".join(answer(tmp_path, url, "pulp-rmp")["failed"])
    assert "win_amd64" in "\n".join(answer(tmp_path, url, "pulp-elsewhere")["failed"])
    failed = "\n".join(answer(tmp_path, f"{url}/500", "pulpcore")["failed"])
    assert "500" in failed
    assert "Collecting" not in failed


def test_only_bounds_of_an_index_become_constraints(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(tmp_path, url, "pulpcore")
    monkeypatch.syspath_prepend(str(tmp_path))
    solve = importlib.import_module("solve")
    texts = (
        *("pulpcore <3.9, >=3 ,!=3.4", "Pulp_Core[s3]~=3.1", "pulpcore (==3.*)", "other<1", "pulpcore<4; extra == 'x'"),
        *("pulpcore<3 --pre", "pulpcore<3\n--index-url=x", "pulpcore @ https://example.org/a", "pulpcore"),
    )
    install = [{"name": "pulpcore", "version": "3"}, {"name": "pulp.core", "version": "3", "requires_dist": texts}]
    needs = [need for _, need in solve.among(install)]
    assert [bound for need in needs for bound in solve.upper(need)] == [
        "pulpcore<3.9",
        "Pulp_Core~=3.1",
        "pulpcore==3.*",
    ]
