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
def folder() -> Iterator[Vagrant]:
    """The folder of the Vagrantfile, on a machine with Vagrant and libvirt. There is no box, and nothing in dist/."""
    if TAKEN:
        yield Vagrant(Machine(MACHINE))
        return
    with Machine(MACHINE, HOST) as machine:
        yield vagrant.set_up(machine)


@pytest.fixture(scope="package")
def here(folder: Vagrant, tmp_path_factory: pytest.TempPathFactory) -> Vagrant:
    """The same with packages in dist/, newer ones beside it, and the box; no virtual machine."""
    if TAKEN:
        return folder
    with build.machine("vagrant-packages") as guest:
        build.send(guest)
        first = build.fetch(guest, build.build(guest), tmp_path_factory.mktemp("first"))
        build.touch(guest)
        second = build.fetch(guest, build.build(guest, "2"), tmp_path_factory.mktemp("second"))
    folder.bring("dist", first)
    folder.bring("newer", second)
    box.add(folder.machine, next(path for path in first if path.match("pulp-quadlet_*.deb")))
    return folder
