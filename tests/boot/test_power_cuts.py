"""The power goes at random moments of an apply. After each boot the site is whole, healthy, and serves what it had.

A few in each run of all tests; `make power-cuts` does twenty.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from typing import TYPE_CHECKING

import pytest

from tests.boot.conftest import MORE, TEXT, UNIT
from tests.site.faulting import Site
from tests.site.pulp import SITE_FILE
from tests.site.test_uninstall import kept_images
from tests.told import LOADS, REAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.boot.conftest import Computer

pytestmark = pytest.mark.lab

CUTS = int(os.environ.get("PULP_QUADLET_POWER_CUTS", "3"))
LASTS = 12.0  # seconds; an apply of this change on a quiet machine, and a little more


@pytest.fixture(scope="module")
def moments() -> random.Random:
    """Which moments these are can be had again: PULP_QUADLET_SEED."""
    seed = int(os.environ.get("PULP_QUADLET_SEED") or secrets.randbelow(10**6))
    LOADS.append(f"power cuts: PULP_QUADLET_SEED={seed}")
    return random.Random(seed)  # noqa: S311  # moments, no secrets


@pytest.fixture(scope="module")
def content(computer: Computer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site with a file in it that has to be there ever after."""
    found = Site(computer.pulp, first=TEXT)
    found.upload(tmp_path_factory.mktemp("cuts"))
    yield found
    assert found.apply(TEXT).status == 0
    found.remove()


@pytest.mark.parametrize("number", range(CUTS))
def test_the_power_goes(computer: Computer, content: Site, moments: random.Random, number: int) -> None:
    text = TEXT if number % 2 else MORE
    moment = moments.uniform(0, LASTS)
    content.pulp.write(SITE_FILE, text)
    # both ways to it: a command, and the unit that a boot starts
    way = ["systemctl", "start", "--no-block", UNIT] if number % 4 > 1 else []
    content.pulp.run(*(way or ["systemd-run", "--quiet", "--collect", "pulp-quadlet", "apply"]))
    time.sleep(moment)
    with REAL.fault():
        computer.loses_power()
        assert computer.failed() == [], f"cut after {moment:.2f} s"
        content.is_whole(text)


def test_a_first_boot_that_loses_its_power_goes_on(computer: Computer, content: Site, moments: random.Random) -> None:
    """Nothing but a site file is there, and images, which take minutes to build. What is gone back to is nothing."""
    assert content.apply(TEXT).status == 0
    with kept_images(computer.pulp):
        computer.pulp.cli("uninstall", "--yes")
    assert computer.hooks() == []  # what was uninstalled stays so
    computer.pulp.run("rm", "-r", "/etc/pulp-quadlet/.seen")
    assert computer.hooks()
    computer.pulp.run("systemctl", "start", "--no-block", UNIT)
    moment = moments.uniform(1, LASTS / 2)  # all that comes before the services are up
    time.sleep(moment)
    with REAL.fault():
        computer.loses_power()
        assert computer.failed() == [], f"cut after {moment:.2f} s"
        content.is_whole(TEXT)
