"""Pulp's image is built in layers by a real Podman, and a build that does not come to its end leaves nothing behind."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.image import checkouts
from tests.site.changing import NOTHING_TO_DO, site_file
from tests.site.pulp import SITE_FILE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

AGENT = "org.pulpproject.Quadlet1"
PATH = "/org/pulpproject/Quadlet1"
CHECKOUT = "/srv/pulp-broken"
LOCK = "/etc/pulp-quadlet/pylock.site.toml"
BROKEN = "import lib_that_is_not_there\n"


@pytest.fixture(scope="module")
def broken(pulp: Pulp) -> Iterator[str]:
    """A site file with one plugin more, which cannot be loaded; the lock is as it was afterwards."""
    checkouts.write(pulp, CHECKOUT, "pulp-broken", {"__init__.py": BROKEN})
    before = pulp.read(LOCK)
    plugins = f'[plugins]\npulp-python = "*"\npulp-rpm = "*"\npulp-broken = {{ source = "{CHECKOUT}" }}\n'
    yield f"{pulp.read(SITE_FILE)}\n{plugins}"
    pulp.write(LOCK, before)


def pulp_image(pulp: Pulp) -> str:
    return str(pulp.inspect("pulp-api-1")["ImageName"])


def images(pulp: Pulp) -> set[str]:
    """All of them, also those that are layers of others."""
    return set(pulp.run("podman", "images", "--all", "--quiet", "--no-trunc").split())


@contextmanager
def nothing_is_left(pulp: Pulp) -> Iterator[None]:
    """Of a build, besides the image of the tools."""
    before, running = images(pulp), pulp.containers()
    yield
    left = images(pulp) - before
    names = {name for each in left for name in json.loads(pulp.run("podman", "image", "inspect", each))[0]["RepoTags"]}
    assert not {name for name in names if "tools" not in name}
    assert pulp.run("podman", "images", "--quiet", "--filter", "dangling=true") == ""
    listing = json.loads(pulp.run("podman", "ps", "--all", "--external", "--format", "json"))
    assert [each["Names"] for each in listing if "buildah" in (each["Command"] or ())] == []
    assert pulp.run("find", "/var/tmp", "-name", "buildah*") == ""
    assert pulp.run("find", "/run/pulp-quadlet", "-name", "build-*") == ""
    assert pulp.containers() == running


def test_the_image_has_what_the_lock_has_and_no_pip(pulp: Pulp) -> None:
    said = pulp.run("podman", "exec", "pulp-api-1", "sh", "-c", "ls /opt; ls /opt/pulp/bin; ls /var/lib/apt/lists")
    assert "pulpcore-manager" in said.split()
    assert not {"tools", "pip"} & set(said.split())
    expected = json.loads(
        pulp.run("podman", "exec", "pulp-api-1", "cat", "/usr/share/pulp-quadlet/build/expected.json")
    )
    assert expected["packages"].keys() >= {"pulpcore", "pulp-rpm", "pulp-python"}


def test_an_image_that_lost_its_name_has_it_again_at_once(pulp: Pulp) -> None:
    image, running = pulp_image(pulp), pulp.containers()
    pulp.run("podman", "untag", image, image)
    begun = time.monotonic()
    pulp.cli("apply")
    print(f"apply with an image that has lost its name: {time.monotonic() - begun:.1f} s")  # noqa: T201  # a measure
    assert pulp.run("podman", "image", "inspect", "--format", "{{.Id}}", image)
    assert pulp.containers() == running
    assert pulp.plan() == NOTHING_TO_DO


def test_a_build_that_is_cancelled_leaves_nothing_behind(pulp: Pulp, broken: str) -> None:
    with site_file(pulp, broken), nothing_is_left(pulp):
        said = pulp.run(
            "busctl", "--json=short", "call", AGENT, PATH, f"{AGENT}.Manager", "Apply", "sa{sv}", SITE_FILE, "0"
        )
        number, job = json.loads(said)["data"]
        wait_for(
            f"a step of the build of job {number}", lambda: pulp.run("pgrep", "-f", "^buildah-oci-runtime", check=False)
        )
        pulp.run("busctl", "call", AGENT, job, f"{AGENT}.Job", "Cancel", "a{sv}", "0")
        wait_for("the end of the job", lambda: '"running"' not in state(pulp, job))
        assert '"cancelled"' in state(pulp, job)


def state(pulp: Pulp, job: str) -> str:
    return pulp.run("busctl", "get-property", AGENT, job, f"{AGENT}.Job", "State")


def test_a_plugin_that_cannot_be_loaded_is_named_and_nothing_is_left(pulp: Pulp, broken: str) -> None:
    with site_file(pulp, broken), nothing_is_left(pulp):
        said = pulp.cli("apply", check=False)
    assert said.status == 1
    assert "error[image-unfit]" in said.stderr
    assert "pulp-broken cannot be loaded: ModuleNotFoundError: No module named 'lib_that_is_not_there'" in said.stderr
    assert "nothing was changed" in said.stderr
