"""Generations of older versions are read: a host must not lose its history by an update."""

from __future__ import annotations

import json
from pathlib import Path

from pulp_quadlet.host.generations import Generations
from pulp_quadlet.model.deployment import TextFile
from tests.host.test_generations import HOME, ONE, installed

VOLUME = {"source": "pulp-routes", "target": "/etc/nginx/routes", "kind": "volume"}


def test_one_with_named_volumes_is_read_without_them(tmp_path: Path) -> None:
    number = installed(tmp_path)
    path = tmp_path / HOME / "generations" / str(number) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["deployment"]["volumes"] = [{"name": "pulp-routes", "owner": {"uid": 700, "gid": 700}}]
    web = manifest["deployment"]["services"][-1]
    web["mounts"] = [*web["mounts"], VOLUME]
    manifest["files"].append(["quadlet/pulp-routes.volume", 0o644, "[Volume]\n"])
    path.write_text(json.dumps(manifest))

    read = Generations(tmp_path).read("pulp", number)
    assert read.deployment.services == ONE.deployment.services
    assert TextFile(path="quadlet/pulp-routes.volume", text="[Volume]\n") in read.tree.files
