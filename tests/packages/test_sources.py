"""What stands in packaging/ fits what the program is: versions, secrets, places."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import tomli

from pulp_quadlet import __version__
from pulp_quadlet.errors import ExitCode
from tests.golden_cases import CASES, slices
from tests.sites import compiled

PACKAGING = Path(__file__).parents[2] / "packaging"
# Where Debian's name is not the library's own.
DEBIAN = {"cyclonedx-python-lib": "cyclonedx-lib"}
POSTRM = (PACKAGING / "debian/pulp-quadlet.postrm").read_text()


def test_all_versions_are_one() -> None:
    changelog = (PACKAGING / "debian/changelog").read_text()
    assert changelog.startswith(f"pulp-quadlet ({__version__}-")
    spec = (PACKAGING / "rpm/pulp-quadlet.spec").read_text()
    assert re.findall(r"^Version: +(.+)$", spec, re.MULTILINE) == [__version__]
    assert re.findall(r" - ([0-9.]+)-\d+$", spec, re.MULTILINE)[0] == __version__


def test_packages_depend_on_what_the_wheel_depends_on() -> None:
    project = tomli.loads((PACKAGING.parent / "pyproject.toml").read_text())["project"]
    control = (PACKAGING / "debian/control").read_text()
    spec = (PACKAGING / "rpm/pulp-quadlet.spec").read_text()
    assert f" python3 ({project['requires-python'].replace('>=', '>= ')}),\n" in control
    for name, least in (each.split(">=") for each in project["dependencies"]):
        assert f" python3-{DEBIAN.get(name, name)} (>= {least}),\n" in control
        assert f"BuildRequires:  python3dist({name})\n" in spec


@pytest.mark.parametrize("case", CASES)
def test_a_purge_knows_the_secrets_that_an_apply_makes_and_no_other(case: str) -> None:
    first, more = re.findall(r"^SECRETS=['\"](.+)['\"]$", POSTRM, re.MULTILINE)
    known = re.compile(more.replace("$SECRETS", first))
    for part in slices(case):
        site = part.compiled.deployment.site
        for secret in part.compiled.deployment.secrets:
            made = secret.kind is not None or secret.file is not None
            prefix, _, purpose = secret.name.partition(f"{site}-")
            assert (not prefix and known.fullmatch(purpose) is not None) == made, secret.name


ROLE = PACKAGING / "ansible/roles/pulp_quadlet"


def test_the_role_knows_the_exit_statuses_of_the_program() -> None:
    known = dict(
        re.findall(r"^pulp_quadlet__(same|changed): (\d+)$", (ROLE / "vars/main.yml").read_text(), re.MULTILINE)
    )
    assert known == {"same": str(int(ExitCode.DONE)), "changed": str(int(ExitCode.CHANGED))}


def test_every_variable_of_the_role_is_explained() -> None:
    """In its specification, which Ansible holds each run against, and on the page."""
    defaults = re.findall(r"^(pulp_quadlet_\w+):", (ROLE / "defaults/main.yml").read_text(), re.MULTILINE)
    specified = re.findall(r"^ {6}(pulp_quadlet_\w+):", (ROLE / "meta/argument_specs.yml").read_text(), re.MULTILINE)
    page = (PACKAGING.parent / "docs/provisioning.md").read_text()
    assert set(specified) == {*defaults, "pulp_quadlet_site"}
    assert set(re.findall(r"^\| `(pulp_quadlet_\w+)` \|", page, re.MULTILINE)) == set(specified)


@pytest.mark.parametrize("example", ["ansible/playbook.yml", "cloud-init/user-data.yaml"])
def test_the_site_file_of_an_example_compiles(example: str) -> None:
    [block] = re.findall(
        r"^ +(?:content|pulp_quadlet_site): \|\n((?: {6}.*\n)+)", (PACKAGING / example).read_text(), re.MULTILINE
    )
    assert compiled(textwrap.dedent(block)).tree.units


@pytest.mark.parametrize("example", ["ansible/playbook.yml", "cloud-init/user-data.yaml"])
def test_an_example_names_the_package_of_this_release(example: str) -> None:
    names = re.findall(r"/(pulp-quadlet(?:-selinux)?_\S+\.deb)$", (PACKAGING / example).read_text(), re.MULTILINE)
    assert names
    assert {name.partition("_")[2] for name in names} == {f"{__version__}-1_all.deb"}
