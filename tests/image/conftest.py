"""One machine with one small site for all tests of images and plugins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.lab.machine import Machine
from tests.site import provide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

MACHINE = "image"
# For work on the tests themselves: the name of a machine that is taken as it is, and left so.
TAKEN = os.environ.get("PULP_QUADLET_IMAGE_MACHINE")
SMALL = "\n[api]\nreplicas = 1\n[content]\nreplicas = 1\n[workers]\ncount = 1\n"


@pytest.fixture(scope="session")
def pulp() -> Iterator[Pulp]:
    """A healthy site of one process of each kind. Tests may change it, and leave it healthy and as they found it."""
    if TAKEN:
        yield provide.connect(Machine(TAKEN))
        return
    with Machine(MACHINE) as machine:
        provide.deploy(machine, SMALL)
        yield provide.connect(machine)
