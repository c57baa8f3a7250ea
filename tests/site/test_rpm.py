"""An RPM repository: a package of rpmbuild goes in, and dnf finds and installs it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.clients import Clients
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

SPEC = """\
Name: lab-greeting
Version: 1.2.3
Release: 1
Summary: A greeting
License: GPL-2.0-or-later
BuildArch: noarch
%description
A greeting.
%install
mkdir -p %{buildroot}/usr/share/lab
echo served by Pulp > %{buildroot}/usr/share/lab/greeting
%files
/usr/share/lab/greeting
"""
NAMES = {"repo": "http://linux.duke.edu/metadata/repo", "common": "http://linux.duke.edu/metadata/common"}


@pytest.fixture(scope="module")
def package(client: Clients) -> Path:
    (client.rpm_tree / "root/greeting.spec").write_text(SPEC)
    client.rpm_run("rpmbuild", "-bb", "--quiet", "--define", "_rpmdir /root/rpms", "/root/greeting.spec")
    [package] = (client.rpm_tree / "root/rpms").rglob("*.rpm")
    return package


@pytest.fixture(scope="module")
def repository(client: Clients, package: Path) -> str:
    """The address of a published repository with the package."""
    client.cli("rpm", "repository", "create", "--name", "rpms")
    client.cli("rpm", "content", "upload", "--repository", "rpms", "--file", str(package))
    published = client.cli("rpm", "publication", "create", "--repository", "rpms")
    made = client.cli(
        *("rpm", "distribution", "create", "--name", "rpms", "--base-path", "rpms"),
        *("--publication", published["pulp_href"]),
    )
    return str(made["base_url"])


def test_metadata_leads_to_the_package(pulp: Pulp, client: Clients, package: Path, repository: str) -> None:
    """From repomd.xml to the primary metadata to the package itself."""
    assert repository == f"{pulp.url}/pulp/content/rpms/"
    index = ET.fromstring(pulp.request("/pulp/content/rpms/repodata/repomd.xml").body)  # noqa: S314  our own answer
    location = index.find("repo:data[@type='primary']/repo:location", NAMES)
    assert location is not None
    client.run("curl", "-sS", "--fail", "--remote-name", f"{repository}{location.attrib['href']}")
    [packed] = client.folder.glob("*-primary.xml.*")
    unpack = {".gz": "gzip", ".zst": "zstd", ".xz": "xz"}[packed.suffix]
    primary = ET.fromstring(client.run(unpack, "-dc", str(packed)).stdout)  # noqa: S314  our own answer
    [entry] = primary.findall("common:package", NAMES)
    assert entry.findtext("common:name", namespaces=NAMES) == "lab-greeting"
    place = entry.find("common:location", NAMES)
    assert place is not None
    client.run("curl", "-sS", "--fail", "--output", "taken.rpm", f"{repository}{place.attrib['href']}")
    assert (client.folder / "taken.rpm").read_bytes() == package.read_bytes()


def test_dnf_installs_the_package(client: Clients, repository: str) -> None:
    client.rpm_run(
        *("dnf", "--quiet", "--assumeyes", "--installroot=/greeted", "--releasever=1", "--setopt=install_weak_deps=0"),
        *(f"--repofrompath=lab,{repository}", "--repo=lab", "--nogpgcheck", "install", "lab-greeting"),
    )
    assert (client.rpm_tree / "greeted/usr/share/lab/greeting").read_text() == "served by Pulp\n"
    assert client.rpm_run("rpm", "--root=/greeted", "--query", "lab-greeting") == "lab-greeting-1.2.3-1.noarch\n"


def test_a_worker_syncs_a_repository(client: Clients, pulp: Pulp, repository: str) -> None:
    """From this very site, by the name that Podman gives the host in a container's eyes."""
    address = repository.replace("localhost", "host.containers.internal")
    client.cli("rpm", "remote", "create", "--name", "self", "--url", address, "--policy", "immediate")
    client.cli("rpm", "repository", "create", "--name", "mirror", "--remote", "self")
    client.cli("rpm", "repository", "sync", "--name", "mirror")
    [found] = client.cli("rpm", "repository", "content", "list", "--repository", "mirror")
    assert found["location_href"].endswith("lab-greeting-1.2.3-1.noarch.rpm")
