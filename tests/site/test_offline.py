"""Images are built without any network from a folder of wheels and a base image that has its packages.

The site is a second one on the same host, so this also shows that two sites live beside each other, and it speaks
TLS with the certificate that the host made for it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

BASE = "localhost/offline-base:1"
PACKAGES = (
    *("python3", "python3-venv", "ca-certificates", "gpg", "gpg-agent", "libglib2.0-0", "rpm-common"),
    *("postgresql", "valkey-server", "valkey-tools", "nginx-light", "curl"),
)
RECIPE = f"""
FROM docker.io/library/debian:trixie-slim
RUN mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
RUN apt-get update && apt-get install --yes --no-install-recommends {" ".join(PACKAGES)} && rm -rf /var/lib/apt/lists/*
"""
SITE = f"""
[site]
name = "offline"
url = "https://localhost:8490"

[image]
base = "{BASE}"
wheels = "/srv/wheels"
offline = true

[plugins]
pulp-rpm = "*"

[api]
replicas = 1

[content]
replicas = 1

[workers]
count = 1
"""
# not `pip download`: a dependency that has no wheel is made into one here
PIP_WHEEL = ("/opt/pulp-quadlet/bin/pip", "wheel", "--quiet", "--wheel-dir=/srv/wheels")
# Nothing leaves the machine but what goes to its own containers.
CUT = "table inet cut { chain out { type filter hook output priority 0; oifname != lo ip daddr != 10.0.0.0/8 drop; }; }"
FILE = "/root/offline.toml"
URL = "https://localhost:8490"
CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----", re.DOTALL)


@pytest.fixture(scope="module")
def offline(pulp: Pulp) -> Iterator[Pulp]:
    """The machine with base image, wheels and site file in place; afterwards the second site is gone again."""
    machine = pulp.machine
    machine.run(["podman", "build", "--network=host", f"--tag={BASE}", "-"], input=RECIPE.encode(), timeout=600)
    machine.run([*PIP_WHEEL, "pulpcore", "pulp-rpm"], timeout=600)
    machine.run(["sh", "-c", f"cat >{FILE}"], input=SITE.encode())
    yield pulp
    # stopped, it would start again with the next boot of the machine
    pulp.cli("uninstall", "-f", FILE, "--yes")
    secrets = [name for name in pulp.secrets() if name.startswith("offline-")]
    machine.run(["podman", "secret", "rm", *secrets])
    machine.run(["rm", "-rf", "/var/lib/pulp-quadlet/offline"])


def test_a_site_is_built_and_runs_without_a_network(offline: Pulp) -> None:
    offline.machine.run(["nft", "-f", "-"], input=CUT.encode())
    try:
        applied = offline.cli("apply", "-f", FILE, check=False)
    finally:
        offline.run("nft", "delete", "table", "inet", "cut")
    assert applied.status == 0, applied.stderr
    assert "Pulp is healthy: 8 services serve https://localhost:8490" in applied.stdout


def test_its_certificate_is_for_its_name(offline: Pulp, tmp_path: Path) -> None:
    show = ("podman", "secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "offline-web-certificate")
    trusted = tmp_path / "certificate.pem"
    trusted.write_text(CERTIFICATE.search(offline.run(*show))[0])  # type: ignore[index]  # no match fails the test
    page = offline.machine.outside(["curl", "-sSf", "--cacert", str(trusted), f"{URL}/pulp/api/v3/status/"]).stdout
    assert {each["component"] for each in json.loads(page)["versions"]} == {"core", "file", "certguard", "rpm"}


def test_the_first_site_does_not_notice(offline: Pulp) -> None:
    assert offline.verdict()["healthy"]
    assert "Nothing to do" in offline.plan()
