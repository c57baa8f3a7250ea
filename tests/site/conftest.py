"""One machine with one site for all tests of this folder: a site takes minutes to make."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.paths import lock_path
from tests.lab.machine import Machine
from tests.site import clients, doors, provide
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.site.clients import Clients
    from tests.site.doors import Driver
    from tests.site.pulp import Pulp

# Two processes of one run may have a site each.
MACHINE = "-".join(["site", *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])])
BUILD_TAKES_AT_MOST = 900.0  # seconds
# For work on the tests themselves: the name of a machine that is taken as it is, and left so.
TAKEN = os.environ.get("PULP_QUADLET_SITE_MACHINE")


@pytest.fixture(scope="session")
def pulp() -> Iterator[Pulp]:
    """A healthy site, made with the wheel and nothing else of this checkout.

    Tests may change it, and leave it healthy and as they found it.
    """
    if TAKEN:
        yield provide.connect(Machine(TAKEN))
        return
    # The tools of the clients come over the network meanwhile.
    with ThreadPoolExecutor() as pool, Machine(MACHINE) as machine:
        tools = pool.submit(clients.provide)
        provide.deploy(machine)
        tools.result()
        yield provide.connect(machine)


@pytest.fixture(scope="module")
def one_more_plugin(pulp: Pulp) -> str:
    """Lines of a site file that wants one more plugin. Its image is there, of what is locked today and that plugin: a
    build takes a minute. What is committed meanwhile would prune it, so each file of tests makes it when it is needed.
    """
    lines = '\n[plugins]\npulp-python = "*"\npulp-rpm = "*"\npulp-deb = "*"\n'
    folder = doors.BUILDING
    pulp.machine.copy_in(doors.PROGRAM, f"{folder}/{doors.PROGRAM.name}")
    pulp.write(f"{folder}/site.toml", pulp.read(SITE_FILE) + lines)
    pulp.run("cp", lock_path(SITE_FILE), folder)
    build = ("/opt/pulp-quadlet/bin/python3", f"{folder}/{doors.PROGRAM.name}", "build", f"{folder}/site.toml")
    pulp.run(*build, timeout=BUILD_TAKES_AT_MOST)
    return lines


@pytest.fixture(scope="module")
def driver(pulp: Pulp) -> Iterator[Driver]:
    """The product's own parts for migrations, called one by one in the machine."""
    with doors.opened(pulp) as found:
        yield found


@pytest.fixture
def copy(driver: Driver) -> Iterator[str]:
    """A copy of Pulp's database, which may come to harm."""
    with doors.copied(driver) as name:
        yield name


@pytest.fixture(scope="session")
def client(pulp: Pulp, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """The clients of the site, with a configuration of their own."""
    folder: Path = tmp_path_factory.mktemp("clients")
    return clients.connect(pulp, folder)
