"""One virtual machine with one site for all tests of this folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.site import clients
from tests.site import provide as site_provide
from tests.vm import provide
from tests.vm.denials import Mark
from tests.vm.vm import Vm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.site.clients import Clients
    from tests.site.pulp import Pulp

MACHINE = "site-vm"
# For work on the tests themselves: the name of a machine that is taken as it is, and left so.
TAKEN = os.environ.get("PULP_QUADLET_VM")


@pytest.fixture(scope="session")
def pulp() -> Iterator[Pulp]:
    """A healthy and confined site. Tests may change it, and leave it healthy and as they found it."""
    if TAKEN:
        yield site_provide.connect(Vm(TAKEN))
        return
    with Vm(MACHINE, provide.fill) as vm:
        yield provide.confine(vm)


@pytest.fixture(scope="session")
def client(pulp: Pulp, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    folder: Path = tmp_path_factory.mktemp("clients")
    return clients.connect(pulp, folder, pulp.machine.folder / provide.KNOWN)


@pytest.fixture
def mark(pulp: Pulp) -> Mark:
    """What is denied from here on."""
    return Mark.now(pulp.machine)
