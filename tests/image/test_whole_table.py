"""A site with all ten plugins of the table. It is the last of its folder: it takes minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.plugins import PLUGINS
from tests.lab.progress import step
from tests.site.changing import site_file
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

FIRST = ("pulp-python", "pulp-rpm")  # as the default has them: their layers are there


def test_a_site_runs_with_all_of_them(pulp: Pulp) -> None:
    names = (*FIRST, *(name for name in PLUGINS if name not in FIRST))
    assert len(names) == 10
    lines = "".join(f'{name} = "*"\n' for name in names)
    before = pulp.read("/etc/pulp-quadlet/pylock.site.toml")
    with site_file(pulp, f"{pulp.read(SITE_FILE)}\n[plugins]\n{lines}"):
        with step("apply a site with ten plugins"):
            pulp.cli("apply")
        pulp.wait_healthy()
        versions = {each["package"] for each in pulp.api("status/")["versions"]}
        assert {name.replace("-", "_") for name in versions} == {
            name.replace("-", "_") for name in (*names, "pulpcore")
        }
        routes = pulp.run("podman", "exec", "pulp-web", "cat", "/etc/nginx/routes/plugins.conf")
        assert all(f"location {path} {{" in routes for path in ("/v2/", "/pypi/", "/pulp_ansible/galaxy/"))
    pulp.write("/etc/pulp-quadlet/pylock.site.toml", before)
