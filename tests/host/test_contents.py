"""How images are looked into: in which container, and what is made of its answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.command import Finished
from pulp_quadlet.host.images.bills import Bills, file_name
from pulp_quadlet.host.images.contents import once, understood
from pulp_quadlet.host.oneshot import specification
from pulp_quadlet.model.contents import Contents
from pulp_quadlet.model.deployment import PulledImage
from pulp_quadlet.supply.needed import base_of, runner, type_of, with_bases, with_tools
from tests.sites import compiled

EMPTY = {
    "distribution": {"id": "debian", "version": "13"},
    "python": [],
    "debian": [],
    "rpm": [],
    "foreign": False,
    "stray": [],
}


def test_images_are_seen_read_only_in_a_container_without_a_network() -> None:
    spec = specification(once(["a:1", "b:2"], runner="t:1", verify=True, type_="builds_t"), network=False)
    assert spec["image"] == "t:1"
    assert spec["netns"] == {"nsmode": "none"}
    assert spec["image_volumes"] == [
        {"Source": "a:1", "Destination": "/mnt/images/0", "ReadWrite": False},
        {"Source": "b:2", "Destination": "/mnt/images/1", "ReadWrite": False},
    ]
    assert (spec["cap_drop"], spec["read_only_filesystem"], spec["mounts"], spec["secrets"]) == (["all"], True, [], [])
    assert json.loads(spec["command"][-1]) == {"roots": ["/mnt/images/0", "/mnt/images/1"], "verify": True}
    assert "type:builds_t" in "".join(spec["selinux_opts"])


def test_each_image_has_its_answer() -> None:
    done = Finished(status=0, stdout=f"{json.dumps(EMPTY)}\n" * 2, stderr="")
    assert understood(["a:1", "b:2"], done) == dict.fromkeys(
        ("a:1", "b:2"), Contents(packages=(), distribution="debian", release="13")
    )


@pytest.mark.parametrize(
    ("done", "notes"),
    [
        (Finished(status=1, stdout="", stderr="Traceback\n\nKeyError: 'x'\n"), ("Traceback", "KeyError: 'x'")),
        (Finished(status=0, stdout="", stderr=""), ()),
        (Finished(status=0, stdout="{}\n", stderr=""), ("KeyError('python')",)),
        (
            Finished(status=0, stdout="no\n", stderr=""),
            ("JSONDecodeError('Expecting value: line 1 column 1 (char 0)')",),
        ),
    ],
)
def test_an_answer_that_is_none_is_told(done: Finished, notes: tuple[str, ...]) -> None:
    with pytest.raises(HostError) as caught:
        understood(["a:1"], done)
    assert caught.value.problems == (
        Problem(code="contents-failed", message="the images could not be looked into", notes=notes),
    )


def test_images_with_what_they_are_made_with_and_begin_with() -> None:
    images = compiled().deployment.images
    assert [each.role for each in with_tools(images)] == ["pulp", "tools", "postgres", "cache", "web"]
    assert [each.role for each in with_bases(images)] == ["pulp", "tools", "postgres", "cache", "web", "base"]
    assert with_bases(images)[-1] == PulledImage(reference="docker.io/library/debian:trixie-slim", role="base")
    assert {base_of(each) for each in with_tools(images)} == {"docker.io/library/debian:trixie-slim"}
    assert with_bases((PulledImage(reference="a:1", role="pulp"),)) == (PulledImage(reference="a:1", role="pulp"),)


def test_the_program_runs_in_the_image_that_is_trusted_most() -> None:
    images = with_tools(compiled().deployment.images)
    names = {each.role: each.reference for each in images}
    assert runner(images, set(names.values())) == names["tools"]
    assert runner(images, set(names.values()) - {names["tools"]}) == names["pulp"]
    assert runner(images, {names["web"]}) == ""
    assert type_of(images) is None


def test_bills_lie_by_the_names_of_images(tmp_path: Any) -> None:
    assert file_name("localhost/pulp-quadlet/pulp:0123") == "pulp-0123-cd7356f6.cdx.json"
    assert file_name("quay.io/a/b@sha256:00") != file_name("quay.io/c/b@sha256:00")
    assert "/" not in file_name("a/../..:x")
    bills = Bills(tmp_path)
    assert (bills.text("a:1"), bills.read("a:1")) == ("", None)
    bills.write("a:1", "one")
    bills.write("b:1", "two")
    assert bills.text("a:1") == "one"
    bills.remove(["a:1", "c:1"])
    assert (bills.text("a:1"), bills.text("b:1")) == ("", "two")
    bills.remove(["b:1"])
    assert not (tmp_path / "var/lib/pulp-quadlet/.sbom").exists()
