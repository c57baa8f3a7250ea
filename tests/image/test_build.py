"""Pulp's image is built in layers by a real Podman, and a build that does not come to its end leaves nothing behind."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from pulp_quadlet.locking.pylock import read_lock
from tests.image import checkouts
from tests.site.changing import NOTHING_TO_DO, site_file
from tests.site.pulp import SITE_FILE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

AGENT = "org.pulpproject.Quadlet1"
PATH = "/org/pulpproject/Quadlet1"
LOCK = "/etc/pulp-quadlet/pylock.site.toml"
INSTALLED = "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
LARGE = "#" * 8_000_000 + "\n"
NO_MIRROR = "localhost/no-mirror:1"
SCRATCH = "/var/tmp"  # where Podman writes a layer down
BROKEN = "import lib_that_is_not_there\n"


@pytest.fixture
def lock(pulp: Pulp) -> Iterator[None]:
    """It is as it was afterwards."""
    before = pulp.read(LOCK)
    yield
    pulp.write(LOCK, before)


@pytest.fixture
def broken(pulp: Pulp, lock: None) -> str:
    """A site file with one plugin more, which cannot be loaded."""
    return with_checkout(pulp, "pulp-broken", BROKEN)


def with_checkout(pulp: Pulp, name: str, text: str) -> str:
    """The site file with a plugin of one module more."""
    folder = f"/srv/{name}"
    checkouts.write(pulp, folder, name, {"__init__.py": text})
    plugins = f'[plugins]\npulp-python = "*"\npulp-rpm = "*"\n{name} = {{ source = "{folder}" }}\n'
    return f"{pulp.read(SITE_FILE)}\n{plugins}"


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
    installed = json.loads(pulp.run("podman", "exec", "pulp-api-1", "python", "-c", INSTALLED))
    locked = {each.name: each.version for each in read_lock(pulp.read(LOCK), LOCK).packages}
    assert {canonicalize_name(name): version for name, version in installed.items()} == locked
    assert locked.keys() >= {"pulpcore", "pulp-rpm", "pulp-python"}


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


def test_a_disk_that_gets_full_is_told_and_nothing_is_left(pulp: Pulp, lock: None) -> None:
    with site_file(pulp, with_checkout(pulp, "pulp-large", LARGE)), nothing_is_left(pulp):
        pulp.run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", SCRATCH)
        try:
            said = pulp.cli("apply", check=False)
        finally:
            pulp.run("umount", SCRATCH)
    assert said.status == 1
    assert "error[disk-full]" in said.stderr
    assert "could not be built: the disk is full" in said.stderr
    assert "nothing was changed" in said.stderr


@pytest.fixture
def no_mirror(pulp: Pulp) -> Iterator[str]:
    """A base image that asks for its packages where nothing listens."""
    nowhere = "rm -rf sources.list* && echo deb http://127.0.0.1:9/debian trixie main >sources.list"
    recipe = f"FROM docker.io/library/debian:trixie-slim\nRUN cd /etc/apt && {nowhere}\n"
    pulp.machine.run(["podman", "build", "--network=none", f"--tag={NO_MIRROR}", "-"], input=recipe.encode())
    yield NO_MIRROR
    pulp.run("podman", "rmi", NO_MIRROR)


def test_a_mirror_that_cannot_be_reached_is_told_and_nothing_is_left(pulp: Pulp, lock: None, no_mirror: str) -> None:
    other = f'{pulp.read(SITE_FILE)}\n[image]\nbase = "{no_mirror}"\n'
    with site_file(pulp, other), nothing_is_left(pulp):
        said = pulp.cli("apply", check=False)
    assert said.status == 1
    assert "error[mirror-unreachable]" in said.stderr
    assert "the packages of its base image cannot be fetched" in said.stderr
    assert "nothing was changed" in said.stderr
