"""One machine with Vagrant, and one box, for all tests of a folder, which says what its provider is."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.lab import trees
from tests.lab.machine import Machine
from tests.packages import build
from tests.packages.trees import BUILD
from tests.site import clients, provide
from tests.site.pulp import URL
from tests.vagrant import box, vagrant
from tests.vagrant.computer import Computer
from tests.vagrant.trees import HOST
from tests.vagrant.vagrant import Vagrant
from tests.vm.denials import Mark
from tests.vm.provide import KNOWN
from tests.vm.trees import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.clients import Clients
    from tests.site.pulp import Pulp
    from tests.vagrant.providers import Provider

# For work on the tests themselves: the machine is taken as a run before has left it, and left so.
TAKEN = "PULP_QUADLET_VAGRANT_TAKEN" in os.environ


def site_file(provider: Provider) -> str:
    """The `site.toml` of the folder."""
    return f'# of the folder with the Vagrantfile\n[site]\nname = "pulp"\nurl = "{URL}"\n{provider.site}'


@pytest.fixture(scope="package")
def folder(request: pytest.FixtureRequest) -> Iterator[Vagrant]:
    """The folder of the Vagrantfile, on a machine with Vagrant and libvirt, which is called as the folder of the tests.
    There is no box, and nothing in dist/.
    """
    name = request.node.path.name
    if TAKEN:
        yield Vagrant(Machine(name))
        return
    with Machine(name, HOST) as machine:
        yield vagrant.set_up(machine)


@pytest.fixture(scope="package")
def here(request: pytest.FixtureRequest, provider: Provider) -> Vagrant:
    """The same with packages in dist/, newer ones beside it, and the box; no virtual machine."""
    if not TAKEN:
        trees.make(HOST, SYSTEM, BUILD, trees.BASE_IMAGE, *provider.trees)  # all at once
    folder: Vagrant = replace(request.getfixturevalue("folder"), provider=provider)
    if TAKEN:
        return folder
    provider.set_up(folder.machine)
    first, second = (build.debs(each) for each in build.releases())
    folder.bring("dist", first)
    folder.bring("newer", second)
    package = next(path for path in first if path.match("pulp-quadlet_*.deb"))
    box.add(folder.machine, provider, package, Computer(folder).make_key())
    return folder


@pytest.fixture(scope="package")
def computer(here: Vagrant) -> Computer:
    """After `vagrant up`."""
    found = Computer(here)
    if TAKEN:
        found.enter(degraded_ok=True)
        return found
    here.write("site.toml", site_file(here.provider))
    found.boot(degraded_ok=True)
    return found


@pytest.fixture(scope="package")
def up(computer: Computer) -> str:
    """What `vagrant up` said."""
    return computer.said


@pytest.fixture(scope="package")
def pulp(computer: Computer, up: str) -> Pulp:
    """A healthy and confined site. Tests may change it, and leave it healthy and as they found it."""
    assert up or TAKEN
    return provide.connect(computer)


@pytest.fixture(scope="package")
def client(pulp: Pulp, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Clients on the computer that Vagrant runs on."""
    return clients.connect(pulp, tmp_path_factory.mktemp("clients"), pulp.machine.folder / KNOWN)


@pytest.fixture
def mark(pulp: Pulp) -> Mark:
    """What is denied from here on."""
    return Mark.now(pulp.machine)
