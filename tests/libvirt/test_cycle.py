"""From `vagrant up` to `vagrant destroy` under libvirt, with a processor that is emulated.

The tests are steps of one life, in their order; each leaves what the next one needs. What a site may do, and what it is
refused, is asked of the computer of tests/vagrant.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.site.changing import NOTHING_TO_DO
from tests.vagrant.fixtures import site_file
from tests.vagrant.providers import LIBVIRT
from tests.vagrant.vagrant import MACHINES
from tests.vm.confined import BOOT_TAKES_AT_MOST, confined, enforces, no_unit_failed
from tests.vm.denials import Mark

if TYPE_CHECKING:
    from tests.site.clients import Clients
    from tests.site.pulp import Pulp
    from tests.vagrant.computer import Computer
    from tests.vagrant.vagrant import Vagrant

pytestmark = [pytest.mark.lab, pytest.mark.vm]

TEXT = os.urandom(50_000).hex()
PLACE = "/pulp/content/files/data.bin"


def test_up_ends_with_a_pulp_that_is_healthy(up: str) -> None:
    assert "Pulp is healthy" in up


def test_a_login_may_become_root_and_see_the_policy_of_the_site(here: Vagrant, up: str) -> None:
    said = here.ssh("/usr/sbin/getenforce; sudo semodule -lfull | awk '$1 == 400 { print $2 }'")
    assert said.split() == ["Enforcing", "pulp_quadlet", "pulp_quadlet_pulp"]


def test_the_site_file_is_that_of_the_folder(here: Vagrant, up: str) -> None:
    assert here.ssh("cat /etc/pulp-quadlet/site.toml") == site_file(LIBVIRT)


def test_a_file_goes_in_and_comes_out_by_the_forwarded_port(client: Clients) -> None:
    client.exchange_file(TEXT.encode())


def test_pulp_comes_back_after_halt_and_up(computer: Computer, pulp: Pulp, client: Clients) -> None:
    """Without being provisioned again: what was put in before is there, and the kernel enforces as before."""
    computer.reboot(degraded_ok=True)
    assert "Running provisioner" not in computer.said
    pulp.wait_healthy(BOOT_TAKES_AT_MOST)
    no_unit_failed(pulp)
    enforces(pulp)
    confined(pulp)
    assert client.run("curl", "-sS", "--fail", f"{pulp.url}{PLACE}").stdout == TEXT


def test_nothing_is_to_be_done_and_nothing_of_ours_was_denied(pulp: Pulp) -> None:
    """From the moment when the policy was first there until now."""
    assert pulp.plan() == NOTHING_TO_DO
    assert Mark.of_all_time(pulp.machine).of_ours() == []


def test_destroy_leaves_nothing(here: Vagrant, computer: Computer) -> None:
    computer.destroy()
    assert here.computers() == []
    assert here.absent() == MACHINES
