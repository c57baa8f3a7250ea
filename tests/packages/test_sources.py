"""What stands in packaging/ fits what the program is: versions, secrets, places."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from pulp_quadlet import __version__
from tests.golden_cases import CASES, slices

PACKAGING = Path(__file__).parents[2] / "packaging"
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
        assert f" python3-{name} (>= {least}),\n" in control
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
