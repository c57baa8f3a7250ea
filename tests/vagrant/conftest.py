"""One machine with Vagrant, and one box, for all tests of this folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.lab.machine import Machine
from tests.packages import build
from tests.vagrant import box, vagrant
from tests.vagrant.trees import HOST
from tests.vagrant.vagrant import Vagrant

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = "vagrant"
# For work on the tests themselves: the machine is taken as a run before has left it, and left so.
TAKEN = "PULP_QUADLET_VAGRANT_TAKEN" in os.environ


@pytest.fixture(scope="package")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vagrant]:
    """The folder of the Vagrantfile with packages in dist/, newer ones beside it, and the box; no virtual machine."""
    if TAKEN:
        yield Vagrant(Machine(MACHINE))
        return
    with build.machine("vagrant-packages") as guest:
        build.send(guest)
        first = build.fetch(guest, build.build(guest), tmp_path_factory.mktemp("first"))
        build.touch(guest)
        second = build.fetch(guest, build.build(guest, "2"), tmp_path_factory.mktemp("second"))
    with Machine(MACHINE, HOST) as machine:
        folder = vagrant.set_up(machine, first, second)
        box.add(machine, next(path for path in first if path.match("pulp-quadlet_*.deb")))
        yield folder
