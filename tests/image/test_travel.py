"""Bills of materials and audits of a running site, and its way to a host that has no network at all.

That host is the same machine: it is uninstalled, and every image, wheel and lock removed, before the uplink is cut.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pulp_quadlet.errors import ExitCode
from pulp_quadlet.paths import BILLS, WHEELHOUSE
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

ARCHIVE, DAMAGED = "/root/pulp.tar", "/root/damaged.tar"
# turns one bit of a file; done twice, the file is what it was
FLIP = """import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(-1, 1)
    file.write(bytes([byte ^ 1]))
"""
LOCK = "/etc/pulp-quadlet/pylock.site.toml"
PLANTED = """
FROM {image}
USER 0:0
WORKDIR /opt/pulp
RUN cd lib/python3*/site-packages && echo '# x' >>django/__init__.py && touch sitecustomize.py \\
    && mkdir planted-1.0.dist-info && printf 'Name: planted\\nVersion: 1.0\\n' >planted-1.0.dist-info/METADATA
USER 700:700
"""
ASKED = "/root/asked.toml"
INDEX = "http://127.0.0.1:8899/simple/"
SERVE = ("systemd-run", "--quiet", "--unit=index", "python3", "-m", "http.server", "--bind=127.0.0.1", "8899")
BAD = {"vulnerabilities": [{"id": "PYSEC-2026-1", "aliases": [], "fixed_in": ["99"], "summary": "It is planted."}]}
# Nothing leaves the machine but what goes to its own containers.
CUT = "table inet cut { chain out { type filter hook output priority 0; oifname != lo ip daddr != 10.0.0.0/8 drop; }; }"


def images(pulp: Pulp) -> dict[str, dict[str, Any]]:
    """Those of the site by role, without those that only an earlier generation has."""
    listed = json.loads(pulp.cli("image", "list", "--json").stdout)["images"]
    newest = max(number for each in listed for number in each["generations"])
    return {each["role"]: each for each in listed if newest in each["generations"]}


def audited(pulp: Pulp, *words: str) -> dict[str, Any]:
    """What an audit says; its exit status has to fit."""
    done = pulp.cli("image", "audit", "--json", *words, check=False)
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.status == (ExitCode.FOUND if said["findings"] else ExitCode.DONE), done.stderr
    return said


def state(pulp: Pulp) -> str:
    """All that an import changes."""
    listed = pulp.run("podman", "images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}")
    return listed + pulp.run("sh", "-c", f"find {WHEELHOUSE} {BILLS} -type f | sort; cat {LOCK}")


# --- bills and audits -----------------------------------------------------------------------------------------------


def test_an_apply_has_written_a_valid_bill_for_each_image(pulp: Pulp) -> None:
    listed = images(pulp)
    assert set(listed) == {"pulp", "tools", "postgres", "cache", "web", "base"}
    stored: dict[str, str] = {}
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for name in pulp.run("ls", BILLS).split():
        text = pulp.read(f"{BILLS}/{name}")
        assert validator.validate_str(text) is None
        image = json.loads(text)["metadata"]["component"]
        stored[image["name"]] = image["version"]
    built = [each for each in listed.values() if each["role"] != "base"]
    assert {each["reference"]: f"sha256:{each['id']}" for each in built}.items() <= stored.items()


def test_the_bill_of_pulp_has_its_packages_of_both_kinds(pulp: Pulp) -> None:
    said = json.loads(pulp.cli("image", "sbom").stdout)
    parts = {each["name"]: each for each in said["components"]}
    assert parts["pulpcore"]["purl"].startswith("pkg:pypi/pulpcore@3.")
    assert parts["pulpcore"]["hashes"][0]["alg"] == "SHA-256"
    assert parts["pulpcore"]["externalReferences"]
    assert parts["libc6"]["purl"].startswith("pkg:deb/debian/libc6@")
    needs = {each["ref"]: each.get("dependsOn", []) for each in said["dependencies"]}
    assert any("pkg:pypi/django@" in each for each in needs[parts["pulpcore"]["bom-ref"]])


def test_an_audit_of_what_was_built_finds_nothing(pulp: Pulp) -> None:
    said = audited(pulp, "--offline")
    assert (said["findings"], said["asked"]) == ([], 0)
    assert len(said["images"]) == 5


def test_an_audit_finds_what_was_planted_in_an_image(pulp: Pulp) -> None:
    image = images(pulp)["pulp"]
    recipe = PLANTED.format(image=image["reference"]).encode()
    build = ["podman", "build", "--quiet", "--network=none", f"--tag={image['reference']}", "-"]
    pulp.machine.run(build, input=recipe, timeout=120)
    try:
        found = {(each["kind"], each["package"]): each["message"] for each in audited(pulp, "--offline")["findings"]}
    finally:
        planted = images(pulp)["pulp"]["id"]
        pulp.run("podman", "tag", image["id"], image["reference"])
        pulp.run("podman", "rmi", planted)
    assert set(found) == {
        *{("other-image", ""), ("added", "planted"), ("unlocked", "planted"), ("changed", "django"), ("stray", "")}
    }
    assert "django/__init__.py was changed" in found["changed", "django"]
    assert "site-packages/sitecustomize.py" in found["stray", ""]


@pytest.fixture
def index(pulp: Pulp) -> Iterator[Pulp]:
    """A package index in the machine that knows of one vulnerability and two packages, and a site file that names it.

    The recipe of an image does not depend on the index, so the images are those of the running site.
    """
    versions = {each["name"]: each["version"] for each in json.loads(pulp.cli("image", "sbom").stdout)["components"]}
    for name, answer in (("django", BAD), ("pulpcore", {"vulnerabilities": []})):
        folder = f"/srv/index/pypi/{name}/{versions[name]}"
        pulp.run("mkdir", "-p", folder)
        pulp.write(f"{folder}/json", json.dumps(answer))
    pulp.write(ASKED, f'{pulp.read(SITE_FILE)}\n[image]\nindex_url = "{INDEX}"\n')
    pulp.run("cp", LOCK, "/root/pylock.asked.toml")
    pulp.run(*SERVE, "--directory=/srv/index")
    pulp.run("curl", "--silent", "--retry", "30", "--retry-connrefused", "--retry-delay", "1", "http://127.0.0.1:8899/")
    yield pulp
    pulp.run("systemctl", "stop", "index.service")


def test_an_audit_finds_a_version_that_the_index_knows_to_be_vulnerable(index: Pulp) -> None:
    said = audited(index, "-f", ASKED)
    [finding] = said["findings"]
    assert (finding["kind"], finding["package"], finding["role"]) == ("vulnerable", "django", "pulp")
    assert finding["message"].endswith(" is vulnerable: PYSEC-2026-1, mended in 99 (It is planted.)")
    assert said["untold"] == said["asked"] - 2
    assert said["silent"] == ["the index answered 404"]


def test_what_no_generation_needs_is_listed_and_then_removed(pulp: Pulp) -> None:
    reference = images(pulp)["web"]["reference"]
    old = "localhost/pulp-quadlet/web:old"
    pulp.machine.run(["podman", "build", "--quiet", f"--tag={old}", "-"], input=f"FROM {reference}\nUSER 0\n".encode())
    pulp.run("cp", "/dev/null", f"{WHEELHOUSE}/old-1.0-py3-none-any.whl")
    wanted = {"images": [old], "wheels": ["old-1.0-py3-none-any.whl"]}
    before = json.loads(pulp.cli("image", "prune", "--dry-run", "--json").stdout)
    assert {name: before[name] for name in wanted} == wanted
    assert before["dry_run"]
    assert before["bytes"] > 0
    assert json.loads(pulp.cli("image", "prune", "--json").stdout) == {**before, "dry_run": False}
    kept = "Nothing is to be removed: a generation that is kept needs each image and wheel.\n"
    assert pulp.cli("image", "prune").stdout == kept


# --- to a host without a network ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(pulp: Pulp) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(pulp.cli("image", "export", ARCHIVE, "--json").stdout)
    return said


def test_an_archive_has_all_images_and_the_wheels_of_the_lock(pulp: Pulp, archive: dict[str, Any]) -> None:
    listed = images(pulp)
    assert {each["role"]: each["id"] for each in archive["images"]} == {role: listed[role]["id"] for role in listed}
    assert archive["wheels"] == pulp.read(LOCK).count("[[packages]]")
    assert pulp.run("tar", "-tf", ARCHIVE).split()[:3] == ["manifest.json", "site.toml", "pylock.site.toml"]


def test_a_damaged_archive_is_refused_and_nothing_is_changed(pulp: Pulp, archive: dict[str, Any]) -> None:
    before, size = state(pulp), archive["size"]
    flip = ("python3", "-c", FLIP, DAMAGED, str(size // 2))
    pulp.run("cp", ARCHIVE, DAMAGED)
    pulp.run(*flip)
    refused(pulp, "at images.tar: its checksum is not that of the manifest")
    pulp.run(*flip)
    for cut, told in (
        (size - 512, "at images.tar: it does not end behind its last file"),
        (size // 2, "at images.tar: it is torn: "),
        (5000, "at manifest.json: it is torn: "),
    ):
        pulp.run("truncate", f"--size={cut}", DAMAGED)
        refused(pulp, told)
    assert state(pulp) == before
    pulp.run("rm", DAMAGED)


def refused(pulp: Pulp, told: str) -> None:
    done = pulp.cli("image", "import", DAMAGED, "--replace-lock", check=False)
    assert done.status == ExitCode.HOST
    assert done.stderr.startswith(f"error[archive-refused]: {DAMAGED} is not as it was written\n   = note: {told}")
    assert done.stderr.endswith("1 problem; nothing was changed\n")


def test_another_lock_is_not_lost(pulp: Pulp, archive: dict[str, Any]) -> None:
    lock = pulp.read(LOCK)
    pulp.write(LOCK, f"{lock}# of somebody\n")
    try:
        done = pulp.cli("image", "import", ARCHIVE, check=False)
        assert pulp.read(LOCK) == f"{lock}# of somebody\n"
    finally:
        pulp.write(LOCK, lock)
    assert done.status == ExitCode.HOST
    assert done.stderr == (
        f"error[other-lock]: {LOCK} is another lock than that in {ARCHIVE}\n"
        "   = help: --replace-lock puts that of the archive in its place\n\n"
        "1 problem; nothing was changed\n"
    )


@pytest.fixture
def bare(pulp: Pulp, archive: dict[str, Any]) -> Iterator[Pulp]:
    """The machine as one to which nothing was ever built, with the site file and without a network."""
    pulp.cli("uninstall", "--yes")
    pulp.run("podman", "rmi", "--all", "--force")
    pulp.run("rm", "-rf", WHEELHOUSE, BILLS, LOCK)
    pulp.machine.run(["nft", "-f", "-"], input=CUT.encode())
    yield pulp
    pulp.run("nft", "delete", "table", "inet", "cut")


def test_a_site_arrives_where_there_is_no_network(bare: Pulp, archive: dict[str, Any]) -> None:
    assert bare.run("podman", "images", "--quiet") == ""
    lacking = bare.cli("image", "export", "/root/other.tar", check=False)
    assert lacking.stderr.startswith("error[not-applied]: the packages of pulp are not locked")
    taken = json.loads(bare.cli("image", "import", ARCHIVE, "--json").stdout)
    assert (taken["anew"], taken["lock"], taken["wheels"]) == ([], LOCK, archive["wheels"])
    waiting = json.loads(bare.cli("image", "prune", "--json").stdout)
    assert (waiting["images"], waiting["wheels"]) == ([], [])
    applied = bare.cli("apply", check=False)
    assert applied.status == 0, applied.stderr
    assert "Pulp is healthy: 8 services serve http://localhost:8080" in applied.stdout
    assert "] build " not in applied.stderr
    assert {each["id"] for each in images(bare).values()} == {each["id"] for each in archive["images"]}
    assert audited(bare, "--offline")["findings"] == []
    assert "Nothing to do" in bare.plan()


def test_what_arrived_can_be_carried_on(pulp: Pulp, archive: dict[str, Any]) -> None:
    again = json.loads(pulp.cli("image", "export", ARCHIVE, "--json").stdout)
    assert {**again, "size": 0} == {**archive, "size": 0}
    pulp.run("rm", ARCHIVE)
