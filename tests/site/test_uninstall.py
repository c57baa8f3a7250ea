"""A site is removed from its host, and comes back from what was kept."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

HOME = "/etc/pulp-quadlet/pulp"
DATA = ["/var/lib/pulp-quadlet/pulp/postgres", "/var/lib/pulp-quadlet/pulp/storage"]
FOLDERS = ["/run/pulp-quadlet/pulp", "/var/lib/pulp-quadlet/pulp/routes", "/var/lib/pulp-quadlet/pulp/web-temp", HOME]


def test_a_site_leaves_its_host_and_comes_back(pulp: Pulp) -> None:
    secrets, content = pulp.secrets(), pulp.api("artifacts/?limit=1")["count"]
    with kept_images(pulp):
        [site] = json.loads(pulp.cli("uninstall", "--yes", "--json").stdout)["sites"]
        assert site["site"] == "pulp"
        assert set(DATA) <= set(site["data"])
        assert set(site["secrets"]) == {name for name in secrets if name in site["secrets"]}
        assert pulp.containers() == {}
        assert [unit for unit in units(pulp) if not unit.startswith("pulp-quadlet-")] == []
        assert pulp.run("podman", "network", "ls", "--format", "{{.Name}}").split() == ["podman"]
        assert not [path for path in FOLDERS if exists(pulp, path)]
        assert [path for path in DATA if exists(pulp, path)] == DATA
        assert pulp.secrets() == secrets
        assert exists(pulp, SITE_FILE)
        assert pulp.run("find", "/etc", "-lname", "*pulp-quadlet/pulp/*") == ""
        again = pulp.cli("uninstall", "--yes").stdout
        assert again.startswith("pulp is uninstalled.\n")
    assert json.loads(pulp.cli("plan", "--json").stdout)["steps"]
    pulp.cli("apply")
    pulp.wait_healthy()
    assert pulp.secrets() == secrets
    assert pulp.api("artifacts/?limit=1")["count"] == content


def units(pulp: Pulp) -> list[str]:
    """Those of ours that systemd has loaded; it still knows the names of some that are gone."""
    listed = pulp.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "pulp*")
    return [line.split()[0] for line in listed.splitlines() if line.split()[1] == "loaded"]


def exists(pulp: Pulp, path: str) -> bool:
    return pulp.machine.run(["test", "-e", path], check=False).status == 0


@contextmanager
def kept_images(pulp: Pulp) -> Iterator[None]:
    """Other names keep them from being removed: to build them again takes minutes."""
    listing: list[dict[str, Any]] = json.loads(pulp.run("podman", "images", "--format", "json"))
    names = [name for each in listing for name in each.get("Names", ()) if "/pulp-quadlet/" in name]
    for number, name in enumerate(names):
        pulp.run("podman", "tag", name, f"localhost/kept:{number}")
    try:
        yield
        left = pulp.run("podman", "images", "--format", "{{.Repository}}")
        assert "/pulp-quadlet/" not in left.replace("pulp-quadlet/base", "")
    finally:
        for number, name in enumerate(names):
            pulp.run("podman", "tag", f"localhost/kept:{number}", name)
            pulp.run("podman", "untag", f"localhost/kept:{number}", f"localhost/kept:{number}")
