"""Plugins as a new user chooses them: added, looked at, switched off and on, and removed with what they hold."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.command import Result
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

LOCK = "/etc/pulp-quadlet/pylock.site.toml"
ROWS = "repositories/npm/npm/"
INTERRUPTED = r"""
pulp-quadlet plugin add pulp-npm >/dev/null 2>/root/said &
until grep -q '^\[ 1/' /root/said || ! kill -0 $!; do sleep 0.2; done
kill -INT $!
wait $! && echo 0 || echo $?
cat /root/said
"""
DEFAULTS = '\n[plugins]\npulp-python = "*"\npulp-rpm = "*"\n'


def plugin(pulp: Pulp, *words: str, check: bool = True) -> Result:
    return pulp.cli("plugin", *words, check=check)


def rows(pulp: Pulp) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(plugin(pulp, "list", "--json").stdout)["plugins"]}


def status(pulp: Pulp, path: str) -> int:
    return pulp.request(f"/pulp/api/v3/{path}", login=True).status


def lock(pulp: Pulp) -> dict[str, Any]:
    return tomli.loads(pulp.read(LOCK))


def files(pulp: Pulp) -> tuple[str, str]:
    return pulp.read(SITE_FILE), pulp.run("sh", "-c", f"cat {LOCK} 2>/dev/null || true")


def test_what_cannot_be_added_changes_nothing(pulp: Pulp) -> None:
    before, containers = files(pulp), pulp.containers()
    unknown = plugin(pulp, "add", "pulp-nmp", check=False)
    assert unknown.status == 2
    assert "the package index has no package `pulp-nmp`" in unknown.stderr
    assert "did you mean `pulp-npm`?" in unknown.stderr
    assert unknown.stderr.endswith("nothing was changed\n")
    core = next(each["version"] for each in lock(pulp)["packages"] if each["name"] == "pulpcore")
    conflict = plugin(pulp, "add", "pulp-npm<0.3", f"pulpcore=={core}", check=False)
    assert conflict.status == 2
    assert "do not go together" in conflict.stderr
    assert (files(pulp), pulp.containers()) == (before, containers)


def test_one_that_is_interrupted_leaves_both_files_as_they_were(pulp: Pulp) -> None:
    before, containers = files(pulp), pulp.containers()
    status, _, said = pulp.run("sh", "-c", INTERRUPTED, timeout=600).partition("\n")
    assert status == "1"
    assert "error[cancelled]: the change was cancelled" in said
    assert said.endswith(f"; {SITE_FILE} and its lock are as they were\n")
    assert (files(pulp), pulp.containers()) == (before, containers)


def test_a_plugin_from_its_beginning_to_its_end(pulp: Pulp, tmp_path: Path) -> None:
    before = pulp.read(SITE_FILE)
    added = plugin(pulp, "add", "pulp-npm")
    assert "pulp-npm" in added.stdout
    assert pulp.read(SITE_FILE) == before + DEFAULTS + 'pulp-npm = "*"\n'
    row = rows(pulp)["pulp-npm"]
    assert row["locked"] == row["running"] != ""
    assert status(pulp, ROWS) == 200
    why = plugin(pulp, "why", "semver").stdout
    assert why.startswith("semver ")
    assert f"pulp-npm {row['locked']}, which the site asks for, needs semver" in why
    assert pulp.plan() == "Nothing to do: pulp runs as the site file says.\n"

    fill(pulp, tmp_path)
    image = pulp.inspect("pulp-api-1")["Image"]
    plugin(pulp, "disable", "pulp-npm")
    assert "pulp-npm = { enabled = false }\n" in pulp.read(SITE_FILE)
    assert (status(pulp, ROWS), rows(pulp)["pulp-npm"]["enabled"]) == (404, False)
    plugin(pulp, "enable", "pulp-npm")
    assert pulp.read(SITE_FILE) == before + DEFAULTS + 'pulp-npm = "*"\n'
    assert pulp.api(ROWS)["count"] == 2
    assert pulp.api("content/npm/packages/")["count"] == 1
    assert pulp.inspect("pulp-api-1")["Image"] == image

    gone = plugin(pulp, "remove", "pulp-npm", "--yes")
    assert gone.stdout.startswith(
        "With pulp-npm goes what it has in the database: 2 repositories, 1 content, 1 remote.\n"
        "    repositories: first, second\n"
    )
    assert pulp.read(SITE_FILE) == before + DEFAULTS
    assert (status(pulp, ROWS), "pulp-npm" in rows(pulp)) == (404, False)
    asked = ("psql", "-U", "pulp", "-Atc", "SELECT tablename FROM pg_tables")
    tables = pulp.run("podman", "exec", "pulp-postgres", *asked)
    assert [name for name in tables.split() if name.startswith("npm_")] == []
    assert "semver" not in pulp.read(LOCK)
    pulp.wait_healthy()
    back = pulp.cli("rollback", check=False)
    assert "the removal of pulp-npm" in back.stderr
    assert "--restore-database` brings back /var/lib/pulp-quadlet/pulp/dumps/" in back.stderr
    # the same plugins, left out again, as the site was found
    pulp.write(SITE_FILE, before)
    pulp.cli("apply")


def fill(pulp: Pulp, folder: Path) -> None:
    """Two repositories, a remote and a package."""
    first = pulp.api(ROWS, *as_json({"name": "first"}))
    pulp.api(ROWS, *as_json({"name": "second"}))
    pulp.api("remotes/npm/npm/", *as_json({"name": "upstream", "url": "https://npm.example.org/is-odd"}))
    archive = folder / "greeting-1.0.0.tgz"
    with tarfile.open(archive, mode="w:gz") as tar:
        text = json.dumps({"name": "greeting", "version": "1.0.0"}).encode()
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    uploaded = pulp.api(
        "content/npm/packages/",
        *("-F", f"file=@{archive}", "-F", "name=greeting", "-F", "version=1.0.0"),
        *("-F", f"relative_path=greeting/-/{archive.name}", "-F", f"repository={first['pulp_href']}"),
    )
    pulp.wait_task(uploaded["task"])


def as_json(value: dict[str, str]) -> tuple[str, ...]:
    return ("-H", "Content-Type: application/json", "-d", json.dumps(value))
