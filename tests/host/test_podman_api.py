"""Podman's API, read with as few requests as can be. The answers are those of Podman 5.4."""

from __future__ import annotations

import subprocess  # noqa: TID251  # a program of its own has loaded nothing else before
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host.podman_api import Check, connected, seconds
from pulp_quadlet.model.host_state import ContainerState
from tests.host.unix_server import serving

if TYPE_CHECKING:
    from pathlib import Path

BASE = "/v4.0.0/libpod"
WORKER: dict[str, Any] = {
    "Created": "2026-11-21T11:10:38.680500663Z",
    "Id": "b0b88400",
    "Image": "localhost/pulp-quadlet/pulp:34e58bae99a7",
    "ImageID": "430193b1",
    "Labels": {
        "org.pulpproject.quadlet.site": "pulp",
        "org.pulpproject.quadlet.digest": "ac09",
        "org.pulpproject.quadlet.config": "77aa",
    },
    "Names": ["pulp-worker-1"],
    "Pid": 5665,
    "State": "running",
    "Status": "healthy",
}
SECRET = {"Spec": {"Name": "pulp-web-certificate"}, "UpdatedAt": "2026-11-21T11:10:38Z"}


def test_one_list_tells_all_of_the_containers_of_a_site(tmp_path: Path) -> None:
    survey = {**WORKER["Labels"], "org.pulpproject.quadlet.once": "pulp-survey"}
    others = [
        {**WORKER, "Names": ["pulp-old"], "State": "exited"},
        {**WORKER, "Names": ["p"], "State": "paused"},
        {**WORKER, "Names": ["pulp-survey"], "Labels": survey},
    ]
    answers = {f"{BASE}/containers/json": (200, [WORKER, *others])}
    with serving(tmp_path / "s", answers) as asked, connected(str(tmp_path / "s")) as reader:
        found = reader.containers("pulp")
    assert [(each.name, each.state) for each in found] == [("pulp-worker-1", "running"), ("p", "paused")]
    assert (found[0].pid, found[0].health) == (5665, "healthy")
    assert found[0].as_state("well") == ContainerState(
        image="430193b1",
        digest="ac09",
        config="77aa",
        id="b0b88400",
        created=seconds("2026-11-21T11:10:38.680500Z"),
        health="healthy",
        health_output="well",
    )
    [question] = asked
    assert parse_qs(urlsplit(question).query) == {
        "all": ["true"],
        "filters": ['{"label": ["org.pulpproject.quadlet.site=pulp"]}'],
    }


def test_a_host_without_containers_has_none(tmp_path: Path) -> None:
    """Podman says `null` then."""
    with serving(tmp_path / "s", {f"{BASE}/containers/json": (200, None)}), connected(str(tmp_path / "s")) as reader:
        assert reader.containers("pulp") == ()


def test_the_last_health_check_is_told(tmp_path: Path) -> None:
    log = [
        {"End": "2026-11-21T11:16:41Z", "Output": "well\n"},
        {"End": "2026-11-21T11:17:11.5Z", "Output": "no answer\n"},
    ]
    answers = {
        f"{BASE}/containers/a/json": (200, {"State": {"Health": {"Status": "unhealthy", "Log": log}}}),
        f"{BASE}/containers/new/json": (200, {"State": {"Health": {"Status": "starting", "Log": None}}}),
        f"{BASE}/containers/none/json": (200, {"State": {}}),
    }
    with serving(tmp_path / "s", answers), connected(str(tmp_path / "s")) as reader:
        assert reader.last_check("a") == Check(
            health="unhealthy", output="no answer", ended=seconds("2026-11-21T11:17:11.5Z")
        )
        assert reader.last_check("new") == Check(health="starting")
        assert reader.last_check("none") == Check(health="")
        assert reader.last_check("gone") is None


def test_images_and_secrets(tmp_path: Path) -> None:
    answers = {
        f"{BASE}/images/localhost%2Fpulp%3A1/json": (200, {"Id": "e5e1"}),
        f"{BASE}/secrets/json": (200, [SECRET]),
        f"{BASE}/secrets/pulp-web-certificate/json": (200, {**SECRET, "SecretData": "bytes"}),
        f"{BASE}/info": (200, {"store": {"graphRoot": "/srv/containers"}}),
    }
    with serving(tmp_path / "s", answers) as asked, connected(str(tmp_path / "s")) as reader:
        assert reader.images(("localhost/pulp:1", "localhost/gone:1")) == {"localhost/pulp:1": "e5e1"}
        assert reader.secrets() == {"pulp-web-certificate": seconds("2026-11-21T11:10:38Z")}
        assert not any("showsecret" in question for question in asked)
        assert reader.secret_bytes("pulp-web-certificate") == b"bytes"
        assert reader.graph_root() == "/srv/containers"
        with pytest.raises(HostError) as refused:
            reader.secret_bytes("gone")
    assert refused.value.problems[0].notes == ("there is no secret gone",)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        ((500, "storage is locked"), "secrets: 500 storage is locked"),
        ((200, "<html>"), "its answer cannot be read: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_refusal_is_told_in_podmans_words(tmp_path: Path, answer: tuple[int, str], note: str) -> None:
    with (
        serving(tmp_path / "s", {f"{BASE}/secrets/json": answer}),
        connected(str(tmp_path / "s")) as reader,
        pytest.raises(HostError) as refused,
    ):
        reader.secrets()
    [problem] = refused.value.problems
    assert (problem.code, problem.message) == ("podman-failed", "Podman did not do what it was asked")
    assert problem.notes == (note,)
    assert problem.help == ("systemctl status podman.socket",)


def test_a_podman_that_is_not_there(tmp_path: Path) -> None:
    with connected(str(tmp_path / "none")) as reader, pytest.raises(HostError) as refused:
        reader.secrets()
    assert refused.value.problems[0].notes == ("No such file or directory",)


def test_to_watch_a_site_loads_no_heavy_library() -> None:
    heavy = "{'pydantic', 'jinja2', 'podman', 'requests', 'cryptography', 'rich', 'click', 'tomli'}"
    program = f"import sys, pulp_quadlet.agent.watch; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_images_with_names_and_whether_they_are_used(tmp_path: Path) -> None:
    listed = [
        {"Id": "a", "Names": ["localhost/pulp:1", "localhost/kept:1"], "Containers": 2},
        {"Id": "b", "Names": ["localhost/web:1"], "Containers": 0},
        {"Id": "layer", "Containers": 0},
    ]
    with serving(tmp_path / "s", {f"{BASE}/images/json": (200, listed)}), connected(str(tmp_path / "s")) as reader:
        assert reader.named_images() == {
            "a": (("localhost/pulp:1", "localhost/kept:1"), True),
            "b": (("localhost/web:1",), False),
        }
