"""Images that were made elsewhere: from a file, or from a registry by digest, in the way of the Pulp project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.image import lookalike
from tests.image.test_build import images, pulp_image
from tests.lab.progress import step
from tests.site.changing import site_file
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

ARCHIVE = "/srv/pulp.tar"
REGISTRY = "localhost:5000"
UNIT = "test-registry"
SERVED = "/srv/registry.yml"
BLOBS = "/srv/registry"
OLDER = f"{REGISTRY}/pulp/older:1"
OTHER_VERSION = "&& sed -i 's/^Version: .*/Version: 0.1/' /opt/pulp/lib/python3*/site-packages/pulpcore-*/METADATA"


@pytest.fixture(scope="module")
def registry(pulp: Pulp) -> Iterator[str]:
    """A registry in the machine with the look-alike: its reference by digest. Podman has neither of them any more."""
    if not pulp.run("sh", "-c", "command -v docker-registry || true"):
        with step("install a registry"):
            pulp.run("apt-get", "update", "-qq")
            pulp.run("apt-get", "install", "-y", "-qq", "docker-registry", timeout=300)
    pulp.run("systemctl", "disable", "--now", "docker-registry")  # Debian's asks for a password
    pulp.write(
        SERVED, f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {BLOBS}}}}}\nhttp: {{addr: '{REGISTRY}'}}\n"
    )
    pulp.run("systemd-run", "--quiet", f"--unit={UNIT}", "docker-registry", "serve", SERVED)
    base = pulp_image(pulp)
    with step("build images as they are elsewhere"):
        lookalike.build(pulp, base)
        lookalike.build(pulp, base, OLDER, OTHER_VERSION)
    for name in (OLDER, lookalike.NAME):
        pulp.run("podman", "push", "--quiet", "--tls-verify=false", "--digestfile", "/srv/digest", name)
    pulp.write(
        "/etc/containers/registries.conf.d/lab.conf", f'[[registry]]\nlocation = "{REGISTRY}"\ninsecure = true\n'
    )
    digest = pulp.read("/srv/digest").strip()  # of the image as it is there, with layers packed anew
    pulp.run("rm", "-f", ARCHIVE)
    pulp.run("podman", "save", "--quiet", "--output", ARCHIVE, lookalike.NAME, timeout=300)
    pulp.run("podman", "image", "rm", lookalike.NAME, OLDER)
    yield f"{lookalike.NAME.rpartition(':')[0]}@{digest}"
    pulp.run("rm", ARCHIVE, "/etc/containers/registries.conf.d/lab.conf")
    pulp.run("systemctl", "stop", UNIT)
    pulp.run("rm", "-rf", BLOBS)


def with_images(pulp: Pulp, text: str) -> str:
    """A site file with another `[image]`; the images of the other services are those that are there."""
    return f"{pulp.read(SITE_FILE)}\n[image]\n{text}\n"


def ready_made(pulp: Pulp, name: str) -> str:
    built = {role: pulp.inspect(f"pulp-{role}")["ImageName"] for role in ("postgres", "cache", "web")}
    others = "".join(f'{role} = "{reference}"\n' for role, reference in built.items())
    return with_images(pulp, f'source = "archive"\narchive = "{ARCHIVE}"\npulp = "{name}"\n{others}')


def test_a_file_without_the_image_says_what_it_has(pulp: Pulp, registry: str) -> None:
    before, running = images(pulp), pulp.containers()
    with site_file(pulp, ready_made(pulp, "quay.io/pulp/pulp-minimal:stable")):
        said = pulp.cli("apply", check=False)
    assert said.status == 1
    assert f"error[not-in-archive]: {ARCHIVE} has no image quay.io/pulp/pulp-minimal:stable" in said.stderr
    assert f"it has `{lookalike.NAME}`" in said.stderr
    assert (images(pulp), pulp.containers()) == (before, running)


def test_a_worker_with_another_pulp_is_refused(pulp: Pulp, registry: str) -> None:
    before, running = images(pulp), pulp.containers()
    with site_file(pulp, with_images(pulp, f'worker = "{OLDER}"')):
        said = pulp.cli("apply", check=False)
    assert said.status == 1
    assert f"error[image-differs]: the image {OLDER} has another Pulp than {pulp_image(pulp)}" in said.stderr
    assert "pulpcore 0.1, and 3." in said.stderr
    assert (images(pulp), pulp.containers()) == (before, running)


def test_a_worker_has_an_image_of_its_own_from_a_registry_by_digest(pulp: Pulp, registry: str) -> None:
    running = pulp.containers()
    with site_file(pulp, with_images(pulp, f'worker = "{registry}"')):
        pulp.cli("apply")
        pulp.wait_healthy()
        now = pulp.containers()
        assert {name for name in now if now[name] != running[name]} == {"pulp-worker-1"}
        assert pulp.inspect("pulp-worker-1")["ImageName"] == registry
        assert pulp.cli("plan").stdout.startswith("Nothing to do")
    pulp.cli("apply")


def test_a_site_runs_on_an_image_as_the_pulp_project_publishes_it(pulp: Pulp, registry: str) -> None:
    with site_file(pulp, ready_made(pulp, lookalike.NAME)):
        pulp.cli("apply")
        pulp.wait_healthy()
        api = pulp.inspect("pulp-api-1")
        assert api["ImageName"] == lookalike.NAME
        assert [mount["Type"] for mount in api["Mounts"] if mount["Type"] == "volume"] == []
        assert pulp.request("/pulp/api/v3/status/").status == 200
        assert pulp.run("podman", "exec", "pulp-worker-1", "python3", "-c", "import pulpcore", check=False) == ""
    pulp.cli("apply")
    pulp.wait_healthy()
